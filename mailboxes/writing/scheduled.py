"""All mail that people scheduled and that has not left."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from mailboxes.addresses import Address
from mailboxes.models import Delivery, OutgoingMessage
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Row:
    """One scheduled message, as the list shows it."""

    outgoing: OutgoingMessage
    to: tuple[Address, ...]
    # Why it was stopped, or waits although it is due; "" for what leaves in its time.
    because: str
    is_stopped: bool


def not_left(membership: Membership) -> QuerySet[OutgoingMessage]:
    """Return what was scheduled and nobody has tried to send, in the mailboxes that this person may use."""
    untried = Delivery.objects.filter(attempt=None, attempt_count=0)
    untried = untried.filter(state__in=[*Delivery.WAITING, Delivery.State.FAILED])
    visible: QuerySet[OutgoingMessage] = OutgoingMessage.objects.visible_to(membership)
    rows = visible.filter(is_scheduled=True, conversation__isnull=False, pk__in=untried.values("outgoing_message"))
    return rows.order_by("send_at", "id")


def row_of(outgoing: OutgoingMessage, *, hindrance: str) -> Row:
    """Return a row of the list; its deliveries are loaded. `hindrance` is why nothing leaves through its server."""
    stopped = [one for one in outgoing.deliveries.all() if one.state == Delivery.State.FAILED]
    because = f"It leaves later, because {hindrance}." if hindrance else ""
    return Row(
        outgoing=outgoing,
        to=tuple(Address(name, address) for name, address in outgoing.to),
        because=stopped[0].reply_text if stopped else because,
        is_stopped=bool(stopped),
    )
