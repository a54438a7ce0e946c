"""Mail that comes into a mailbox of the tests, stored as a poll stores it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from mailboxes import receiving
from mailboxes.models import Mailbox, Message
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope

VISITOR = "Vera Novak <vera@visitors.example>"


def letter(to: str, from_: str = VISITOR, *, at: datetime | None = None, **headers: str) -> bytes:
    """Return a mail of a person; headers are given as In_Reply_To="…", and replace those that stand here."""
    mail = EmailMessage()
    fields = {
        "From": from_,
        "To": to,
        "Subject": "A broken lamp",
        "Date": format_datetime(at or clock.now()),
        "Message-ID": f"<{new_id().hex}@visitors.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in fields.items():
        mail[name] = value
    mail.set_content(f"Good day, my lamp is broken. {new_id()}")
    return mail.as_bytes()


def store(mailbox: Mailbox, raw: bytes, *, at: datetime | None = None, **fields: Any) -> Message:
    """Store a mail, to be received with the next run."""
    return Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=at or clock.now(),
        received_at=at or clock.now(),
        **fields,
    )


def receive(mailbox: Mailbox, raw: bytes, *, at: datetime | None = None, **fields: Any) -> Message:
    """Store a mail and take it through the pipeline, at this time."""
    message = store(mailbox, raw, at=at, **fields)
    receiving.receive_waiting(mailbox.pk, now=lambda: at or clock.now())
    return message.refreshed()


@contextmanager
def in_scope_of(mailbox: Mailbox) -> Iterator[None]:
    with tenant_scope(mailbox.tenant_id):
        yield
