"""Mail out of all reason through the whole pipeline: each is stored, none breaks anything (SECURITY TC5, B050).

In the suite a few hundred; `python -m tests.reliability.fuzz 10000` runs as many as it is told.
"""

import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes import receiving, storing
from mailboxes.inspecting import inspect
from mailboxes.models import Mailbox, Message
from mailboxes.parsing import Unreadable, fingerprint
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.inbox import Entry, Fetched
from servers.models import Folder, IncomingServer
from tests.factories import make_incoming
from tests.reliability.mutations import mutated
from tests.reliability.office import lease, make_office

pytestmark = pytest.mark.django_db

SEED = int(os.environ.get("FUZZ_SEED", "20261102"))
COUNT = int(os.environ.get("FUZZ_MESSAGES", "300"))
WINDOW = 50
MOST_SECONDS = 10
MOST_MEGABYTES = 512

_State = Message.State
ENDED = {*_State} - {_State.STORED, _State.SET_ASIDE}


class Fuzzed:
    """A mailbox into which windows of mail come, and what became of them."""

    def __init__(self) -> None:
        office = make_office()
        self.tenant_id = office.tenant.pk
        self.mailbox: Mailbox = office.mailbox
        self._server: IncomingServer = make_incoming(office.mailbox)
        with tenant_scope(self.tenant_id):
            self._folder = Folder.objects.create(tenant=office.tenant, server=self._server, uidvalidity=1)
        self._uid = 0
        self.worst_seconds = 0.0

    def take_in(self, raws: Sequence[bytes]) -> None:
        """Store a window and receive it, and look at each message alone, as `manage.py inspect_message` does."""
        with tenant_scope(self.tenant_id):
            self._store(raws)
            began = time.monotonic()
            assert not receiving.receive_waiting(self.mailbox.pk, now=clock.now)
            self._took(time.monotonic() - began)
        for raw in raws:
            began = time.monotonic()
            _inspected(raw)
            self._took(time.monotonic() - began)

    def states(self) -> Counter[str]:
        with tenant_scope(self.tenant_id):
            return Counter(Message.objects.filter(mailbox=self.mailbox).values_list("state", flat=True))

    def failures(self) -> list[str]:
        """Return the tracebacks of what was set aside, and what still waits."""
        with tenant_scope(self.tenant_id):
            rows = Message.objects.filter(mailbox=self.mailbox).exclude(state__in=ENDED)
            return [
                f"{state} {digest}\n{failure}"
                for state, digest, failure in rows.values_list("state", "raw_sha256", "failure")
            ]

    def _store(self, raws: Sequence[bytes]) -> None:
        fetched = []
        for raw in raws:
            self._uid += 1
            fetched.append(Fetched(Entry(str(self._uid), len(raw), uid=self._uid), raw))
        storing.store(self._server, self._folder, fetched, token=lease(self._server), now=clock.now())

    def _took(self, seconds: float) -> None:
        self.worst_seconds = max(self.worst_seconds, seconds)
        assert seconds < MOST_SECONDS


def _inspected(raw: bytes) -> None:
    with suppress(Unreadable):
        inspect(raw)


def test_mutated_mail_of_the_corpus_is_all_stored_and_received(capsys: pytest.CaptureFixture[str]) -> None:
    fuzzed = Fuzzed()
    kept: set[str] = set()

    messages = mutated(COUNT, seed=SEED)
    while raws := list(islice(messages, WINDOW)):
        kept.update(map(fingerprint, raws))
        _keep_for_the_fault(raws)
        fuzzed.take_in(raws)

    states = fuzzed.states()
    assert fuzzed.failures() == []
    assert states.total() == len(kept)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if "FUZZ_MESSAGES" in os.environ:
        assert megabytes < MOST_MEGABYTES
        with capsys.disabled():
            sys.stdout.write(
                f"\n{COUNT} messages, seed {SEED}: {dict(states)}\n"
                f"worst window or message {fuzzed.worst_seconds:.2f} s, peak memory {megabytes} MB\n"
            )


def _keep_for_the_fault(raws: Sequence[bytes]) -> None:
    """Leave the window where a person can try it again, if a directory is named for that."""
    if "FUZZ_KEEP" in os.environ:
        for number, raw in enumerate(raws):
            (Path(os.environ["FUZZ_KEEP"]) / f"{number}.eml").write_bytes(raw)


FIELD_NAMES = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "References",
        "Content-Type",
        "Content-Transfer-Encoding",
        "X",
    ]
)
PIECES = st.sampled_from(
    [
        *(
            b"=?utf-8?b?",
            b"?=",
            b"<",
            b">",
            b"@",
            b"a",
            b".example",
            b",",
            b";",
            b":",
            b'"',
            b"\\",
            b"(",
            b")",
            b"\r\n ",
        ),
        *(b"multipart/mixed", b"message/rfc822", b"text/html", b"boundary=b", b"charset=", b"base64", b"\r\n--b\r\n"),
        *(b"\r\n\r\n", b"On Monday x wrote:\r\n", b"> ", b"550 5.1.1 ", b"Status: 5.0.0\r\n", b"&#", b"<p>", b"="),
        *(b"\x1b$B", b"\x00", b"\xff"),
    ]
)
VALUES = st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=12).map(b"".join)
MAIL = st.builds(
    lambda fields, body: b"".join(f"{name}: ".encode() + value + b"\r\n" for name, value in fields) + b"\r\n" + body,
    st.lists(st.tuples(FIELD_NAMES, VALUES), max_size=8),
    st.lists(VALUES, max_size=8).map(b"".join),
)


@given(raws=st.lists(MAIL, min_size=1, max_size=12))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_mail_of_any_shape_is_stored_and_received(raws: list[bytes]) -> None:
    fuzzed = Fuzzed()

    fuzzed.take_in(raws)

    assert fuzzed.failures() == []
    assert fuzzed.states().total() == len(set(raws))
