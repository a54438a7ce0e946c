"""A large folder whose UIDVALIDITY changes: nothing twice, nobody told of mail that is known, bounded memory."""

import os
import shutil
import uuid
from pathlib import Path

import pytest
from django.db import connection

from mailboxes import polling
from mailboxes.models import Conversation, Message, MessageOrigin
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import Folder, IncomingServer, ServerError
from tests.realservers import folders
from tests.realservers.mail import MailServers
from tests.reliability.office import RealOffice, lease, make_real_office, numbered_mail

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("allow_egress"),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="half a minute, and no other with another database"),
]

_COUNT = 5_000
# Some more than two windows with all that is made of them; the folder has 50 MB.
_MOST_GROWTH_KB = 40 * 1024
_OCTETS = 10_000


def test_a_folder_of_five_thousand_that_is_numbered_anew(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    maildir = _fill(office)
    with tenant_scope(office.tenant.pk):
        _poll_until_read(office)
        assert Message.objects.count() == _COUNT
        conversation = _file_all(office)
        before = Folder.objects.get(name="INBOX").uidvalidity
        shutil.rmtree(maildir.parent / "index")
        (maildir / "dovecot-uidlist").unlink()
        rung: list[uuid.UUID] = []
        resident = _kilobytes("VmRSS")
        _forget_peak()

        _poll_until_read(office, rung=rung)

        assert _kilobytes("VmHWM") - resident < _MOST_GROWTH_KB
        assert Folder.objects.get(name="INBOX").uidvalidity != before
        assert Message.objects.count() == _COUNT
        assert MessageOrigin.objects.count() == 2 * _COUNT
        # Nothing waits for the pipeline, so nothing is answered, and nobody is told.
        assert rung == []
        assert not Message.objects.waiting().exists()
        assert Conversation.objects.values().get() == conversation
        assert not ServerError.objects.exists()


def _fill(office: RealOffice) -> Path:
    """Put the messages into the Maildir as files: their delivery is not what is tried here."""
    with folders.mail_program(office.servers, office.user) as program:
        program.select("INBOX")
    maildir = office.servers._dovecot._directory / "mail" / office.user.address / "Maildir"
    owner = maildir.stat()
    for number in range(1, _COUNT + 1):
        path = maildir / "cur" / f"{1_700_000_000 + number}.{number}.host:2,S"
        path.write_bytes(numbered_mail(number) + b"x" * _OCTETS + b"\r\n")
        os.chown(path, owner.st_uid, owner.st_gid)
    return maildir


def _file_all(office: RealOffice) -> dict[str, object]:
    """File all in one conversation, as the pipeline would have done long ago; return its row."""
    now = clock.now()
    conversation = Conversation.objects.create(
        tenant=office.tenant, mailbox=office.mailbox, message_count=_COUNT, created_at=now, last_at=now
    )
    Message.objects.update(state=Message.State.RECEIVED, conversation=conversation)
    return Conversation.objects.values().get()


def _poll_until_read(office: RealOffice, *, rung: list[uuid.UUID] | None = None) -> None:
    for _ in range(20):
        stored = [] if rung is None else rung
        polling.poll(office.incoming.pk, lease(office.incoming), now=clock.now, stored=stored.append)
        server = IncomingServer.objects.get()
        if server.last_polled_at is not None and server.next_poll_at > server.last_polled_at:
            return
    raise AssertionError("The folder was not read to its end.")


def _kilobytes(name: str) -> int:
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(f"{name}:")]
    return int(line.split()[1])


def _forget_peak() -> None:
    """Let VmHWM begin anew (proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")
