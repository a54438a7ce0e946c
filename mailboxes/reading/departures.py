"""What stands between "Send" and "sent" of a message that nobody has tried to hand over yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Delivery, OutgoingMessage
from mailboxes.reading.cards import SentCard
from mailboxes.writing.later import is_untouched, may_undo
from mailhub.tenancy.models import Membership, Tenant


@dataclass(frozen=True)
class Departure:
    """When a message leaves, why it does not, and whether this person may take it back."""

    at: datetime | None
    # How long it can be undone; 0 for what was scheduled, and for what only waits for its server.
    seconds: float
    is_scheduled: bool
    # It was stopped, and leaves only if somebody says so.
    is_stopped: bool
    # Why it does not leave although it should; "" where nothing is in the way.
    waits_because: str
    may_undo: bool


def departure_of(card: SentCard, *, viewer: Membership, now: datetime) -> Departure | None:
    """Return how a message of ours leaves; None once it is on its way, and for what leaves by itself in this moment."""
    outgoing = card.outgoing
    if outgoing.origin != OutgoingMessage.Origin.PERSON or not is_untouched(card.deliveries):
        return None
    at = outgoing.send_at
    is_for_later = at is not None and at > now
    is_stopped = any(one.state == Delivery.State.FAILED for one in card.deliveries)
    if is_stopped and not outgoing.is_scheduled:
        return None
    waits_because = "" if is_stopped else hindrance(outgoing, tenant=viewer.tenant)
    if not (is_for_later or is_stopped or waits_because):
        return None
    counts_down = at is not None and is_for_later and not outgoing.is_scheduled and not is_stopped
    return Departure(
        at=at,
        seconds=(at - now).total_seconds() if counts_down and at is not None else 0.0,
        is_scheduled=outgoing.is_scheduled,
        is_stopped=is_stopped,
        waits_because=waits_because,
        may_undo=may_undo(outgoing, viewer),
    )


def hindrance(outgoing: OutgoingMessage, *, tenant: Tenant) -> str:
    """Return why nothing of a message is sent, however due it is; "" where nothing is in the way.

    `tenant` is its account, which the caller knows already.
    """
    if outgoing.is_scheduled and not tenant.may_change:
        return "an invoice is overdue, and the account is read-only until it is paid"
    server = outgoing.server
    if server is None:
        return "its outgoing server was deleted"
    if not outgoing.mailbox.is_active:
        return f"the mailbox {outgoing.mailbox} is not active"
    if not server.is_active:
        return f"the outgoing server {server} is switched off"
    if server.paused_at is not None:
        return f"the outgoing server {server} is paused"
    return ""
