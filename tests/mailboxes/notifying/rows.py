"""Rows for tests of what people are told."""

from datetime import UTC, datetime
from typing import Any

from mailboxes.models import Conversation, Mailbox, MailboxAccess, Note, Notification, NotificationSwitch
from mailhub.tenancy.models import Membership

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_conversation(mailbox: Mailbox, subject: str = "A broken lamp", **fields: Any) -> Conversation:
    values = {"created_at": NOON, "last_at": NOON, "last_received_at": NOON, **fields}
    found: Conversation = Conversation.objects.create(
        tenant_id=mailbox.tenant_id, mailbox=mailbox, subject=subject, **values
    )
    return found


def make_note(conversation: Conversation, author: Membership) -> Note:
    note = Note(tenant_id=conversation.tenant_id, conversation=conversation, author=author, created_at=NOON)
    note.text = "Look at this"
    note.save(force_insert=True)
    return note


def switch(person: Membership, kind: Notification.Kind, *, in_browser: bool = True, by_mail: bool = True) -> None:
    NotificationSwitch.objects.create(
        tenant_id=person.tenant_id, membership=person, kind=kind, in_browser=in_browser, by_mail=by_mail
    )


def take_away(mailbox: Mailbox, person: Membership) -> None:
    MailboxAccess.objects.filter(mailbox=mailbox, membership=person).delete()


def told(person: Membership) -> list[tuple[str, str]]:
    """Return what somebody was told, in order: kind and subject."""
    rows = Notification.objects.filter(recipient=person).order_by("created_at", "id")
    return [(one.kind, one.conversation.subject) for one in rows.select_related("conversation")]
