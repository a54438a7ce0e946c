"""Tells of what happened outside of conversations: what it is about, why, and where one does something about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Mailbox, Notification
from mailboxes.notifying.audience import Audience
from mailboxes.notifying.defaults import mail_after
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Event:
    """Something that happened by itself. `path` is that of a page of ours."""

    kind: Notification.Kind
    subject: str
    words: str
    path: str
    # Who may not use it is not told (SPEC T3); None where it concerns no mailbox.
    mailbox: Mailbox | None = None


def tell(event: Event, people: Collection[Membership], *, now: datetime) -> int:
    """Write a row for each of these who may know and wants to, within the transaction of what is told of.

    Who has not read of the same before has that row replaced: a page is named once. Return how many are told.
    """
    mailbox_id = event.mailbox.pk if event.mailbox is not None else None
    audience = Audience.load((one.pk for one in people), [mailbox_id] if mailbox_id is not None else [])
    told = [one for one in people if audience.may_be_told(one.pk, mailbox_id)]
    unread = Notification.objects.filter(recipient__in=told, kind=event.kind, path=event.path, read_at=None)
    unread.delete()
    rows = [row for one in told if (row := _row(event, one, audience, now=now)) is not None]
    Notification.objects.bulk_create(rows)
    return len(rows)


def _row(event: Event, person: Membership, audience: Audience, *, now: datetime) -> Notification | None:
    ways = audience.ways(person.pk, event.kind)
    if not (ways.in_browser or ways.by_mail):
        return None
    return Notification(
        tenant_id=person.tenant_id,
        recipient_id=person.pk,
        kind=event.kind,
        subject=event.subject[:_LONGEST],
        words=event.words[:_LONGEST],
        path=event.path,
        mailbox=event.mailbox,
        created_at=now,
        is_shown=ways.in_browser,
        mail_due_at=now + mail_after(event.kind) if ways.by_mail else None,
    )


_LONGEST = 300
