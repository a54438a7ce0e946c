"""Listeners that die between a message and its 250: the client was never told that it is stored when it is not.

The kills are real (SIGKILL). What is behind the last 250 is there after each of them, and a retry stores nothing twice.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from mailboxes.models import Mailbox, Message
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from tests.factories import make_mailbox, make_tenant
from tests.mailboxes.inbound.front import postfix_in_front
from tests.mailboxes.inbound.running import DOMAIN, Client
from tests.realservers.missing import require
from tests.realservers.programs import free_port, greets, is_root
from tests.reliability.workers import environment, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = ("inbound.received", "inbound.raw_stored", "inbound.before_commit", "inbound.committed")
MESSAGE = b"From: ann@customer.example\r\nSubject: Number 1\r\n\r\nHello.\r\n"


class Listening:
    """Starts `receive_mail` on fixed ports, again and again."""

    def __init__(self, database_url: str) -> None:
        self.smtp_port, self.lmtp_port = free_port(), free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.listening"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **environment(database_url),
                "DIRECT_MAIL_DOMAIN": DOMAIN,
                "RECEIVE_SMTP": f"127.0.0.1:{self.smtp_port}",
                "RECEIVE_LMTP": f"127.0.0.1:{self.lmtp_port}",
            },
        )

    @contextmanager
    def running(self, *, ends_with: int = os.EX_OK, failpoint: str = "") -> Iterator[int]:
        """Run it until the end of the block, or until it kills itself at `failpoint`; yield its process id."""
        pid = self._answer_to(f"start {failpoint}")
        wait_until(lambda: greets(self.lmtp_port, b"220 "))
        yield pid
        if ends_with == os.EX_OK:
            os.kill(pid, signal.SIGTERM)
        assert self._answer_to("wait") == ends_with

    def stop(self) -> None:
        """End the process that starts it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _answer_to(self, order: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    settings.DIRECT_MAIL_DOMAIN = DOMAIN
    return make_mailbox(make_tenant())


@pytest.fixture
def listening(file_database: str) -> Iterator[Listening]:
    listening = Listening(file_database)
    yield listening
    listening.stop()


def test_a_listener_killed_at_any_step_has_promised_nothing_and_loses_nothing(
    listening: Listening, mailbox: Mailbox
) -> None:
    for point in POINTS:
        with (
            listening.running(failpoint=point, ends_with=-signal.SIGKILL),
            Client(listening.smtp_port, "EHLO") as client,
        ):
            client.envelope(mailbox.direct_address)
            assert client.data(MESSAGE) == ""
        assert len(_stored(mailbox)) == (1 if point == "inbound.committed" else 0)

    with listening.running(), Client(listening.smtp_port, "EHLO") as client:
        assert client.deliver(MESSAGE, mailbox.direct_address).startswith("250")

    assert _stored(mailbox) == [MESSAGE]


def test_postfix_brings_what_was_not_promised_once_more_and_it_is_stored_once(
    listening: Listening, mailbox: Mailbox
) -> None:
    if not is_root():
        pytest.skip("Postfix runs as root only")
    require("postfix")

    with postfix_in_front(f"lmtp:inet:127.0.0.1:{listening.lmtp_port}") as front:
        with (
            listening.running(failpoint="inbound.committed", ends_with=-signal.SIGKILL),
            front.client() as client,
        ):
            assert client.deliver(MESSAGE, mailbox.direct_address).startswith("250")
            front.wait_until(lambda: "status=deferred" in front.log())
        [first] = _stored(mailbox)
        with listening.running():
            front.wait_until(lambda: "status=sent" in front.log())

    # Postfix adds nothing of its own to a retry.
    assert _stored(mailbox) == [first]


def test_sigterm_ends_it_after_the_message_under_way(listening: Listening, mailbox: Mailbox) -> None:
    with listening.running() as pid, Client(listening.smtp_port, "EHLO") as client:
        client.envelope(mailbox.direct_address)
        client.says("DATA")
        client.sends(MESSAGE[:20])
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not greets(listening.lmtp_port, b"220 "), seconds=10)
        client.sends(MESSAGE[20:] + b".\r\n")

        assert client.hear().startswith("250")
        assert client.hear().startswith("421 4.3.2")

    assert _stored(mailbox) == [MESSAGE]


def _stored(mailbox: Mailbox) -> list[bytes]:
    with tenant_scope(mailbox.tenant_id):
        digests = Message.objects.filter(mailbox=mailbox).values_list("raw_sha256", flat=True)
        return [blobs.get(mailbox.tenant_id, digest) for digest in digests]
