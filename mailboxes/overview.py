"""The mailboxes of a person and how they do: what the frame of every page shows."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Alarm, Mailbox, Message
from mailboxes.sight import Sight
from mailhub import clock
from mailhub.tenancy.models import Membership
from servers.models import IncomingServer, OutgoingServer
from servers.models.health import needing_someone

# Beyond these the frame says "all mailboxes": it is on every page, so it reads a bounded number of rows.
MOST_MAILBOXES = 200


def mailboxes_of(membership: Membership) -> list[Any]:
    """Return the first mailboxes that this person may use, in one query; those that need someone come first.

    Each knows `needs_someone`, `has_put_aside`, `is_retrying`, `has_worked` and `is_ready`; and `has_deleted_beside`,
    whether any mailbox of the account was deleted and its rows may still be there.
    """
    incoming = IncomingServer.objects.filter(mailbox=OuterRef("pk"))
    outgoing = OutgoingServer.objects.filter(mailbox=OuterRef("pk"))
    alarms = Alarm.objects.filter(mailbox=OuterRef("pk"), cleared_at=None)
    needing, failing = needing_someone(clock.now()), Q(is_active=True, failure_count__gt=0)
    worked = Q(last_success_at__isnull=False)
    rows = Mailbox.objects.visible_to(membership).annotate(
        needs_someone=Q(is_active=True)
        & (Exists(incoming.filter(needing)) | Exists(outgoing.filter(needing)) | Exists(alarms)),
        has_put_aside=Exists(Message.objects.filter(mailbox=OuterRef("pk")).put_aside()),
        is_retrying=Q(is_active=True) & (Exists(incoming.filter(failing)) | Exists(outgoing.filter(failing))),
        has_worked=Exists(incoming.filter(worked)) | Exists(outgoing.filter(worked)),
        is_ready=Q(is_active=True)
        & (Exists(incoming.filter(is_active=True)) | Exists(outgoing.filter(is_active=True))),
        has_deleted_beside=Exists(Mailbox.with_deleted.filter(deleted_at__isnull=False)),
    )
    # Those that need someone come first, so that a long list cannot hide them.
    return list(rows.order_by("-needs_someone", "name", "id")[:MOST_MAILBOXES])


def sight_from(membership: Membership, mailboxes: list[Any]) -> Sight | None:
    """Return what a person may see; None where there is nothing, or more than `mailboxes_of` reads."""
    if not 0 < len(mailboxes) < MOST_MAILBOXES:
        return None
    is_everything = membership.sees_every_mailbox and not mailboxes[0].has_deleted_beside
    return Sight(membership.pk, tuple(one.pk for one in mailboxes), is_everything)
