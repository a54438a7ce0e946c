"""Whoever answers for a sequence is told that it paused by itself: nothing leaves any more until somebody looks."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse

from mailboxes.leaving import may_still_send
from mailboxes.models import Mailbox, Notification
from mailboxes.notifying import elsewhere
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from sequences.models import Sequence


def tell_paused(sequence: Sequence, because: str, *, now: datetime) -> None:
    """Tell its author, or the owners where the author may not send from its mailbox any more.

    Runs in the transaction that pauses it, so that of each pause people are told once.
    """
    mailbox = sequence.server.mailbox if sequence.server is not None else None
    event = elsewhere.Event(
        kind=Notification.Kind.SEQUENCE_PAUSED,
        subject=sequence.name,
        words=because,
        path=reverse("sequences:sequence-start", args=[sequence.pk]),
        mailbox=mailbox,
    )
    elsewhere.tell(event, _in_charge(sequence, mailbox), now=now)


def _in_charge(sequence: Sequence, mailbox: Mailbox | None) -> Collection[Membership]:
    author: Membership | None = sequence.author
    if author is not None and _answers_for(author, mailbox):
        return [author]
    owners = Membership.objects.filter(tenant=sequence.tenant_id, role=Role.OWNER, is_active=True)
    return list(owners.filter(user__is_active=True).order_by("created_at", "id"))


def _answers_for(author: Membership, mailbox: Mailbox | None) -> bool:
    if mailbox is None:
        return author.is_active and author.user.is_active
    return may_still_send(author, mailbox)
