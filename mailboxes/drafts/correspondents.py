"""To whom a letter may go: people who took part, and those who wrote lately."""

from collections.abc import Iterable

from django.db.models import Q

from mailboxes.addresses import Address, normalise
from mailboxes.models import Conversation, Participant
from mailhub.tenancy.models import Membership

MOST_OFFERED = 8
# How far back names are looked for: in so many of the newest conversations of each status.
_LOOKED_AT = 500


def completions(text: str, *, author: Membership, conversation: Conversation | None) -> list[Address]:
    """Return people whose address or name begins like `text`, those of the conversation first.

    Only what this person may see is looked at, and only what is recent, whatever the size of the account.
    """
    wanted = text.strip()[:100]
    if not wanted:
        return []
    found: dict[str, Address] = {}
    for address in (*_participants(wanted, conversation), *_recent(wanted, author)):
        known = found.get(normalise(address.addr_spec))
        if known is None or not known.display_name:
            found[normalise(address.addr_spec)] = address
    return list(found.values())[:MOST_OFFERED]


def _participants(wanted: str, conversation: Conversation | None) -> Iterable[Address]:
    if conversation is None:
        return []
    rows = Participant.objects.filter(conversation=conversation, address__icontains=wanted).order_by("address")
    return [Address("", one) for one in rows.values_list("address", flat=True)[:MOST_OFFERED]]


def _recent(wanted: str, author: Membership) -> Iterable[Address]:
    visible = Conversation.objects.visible_to(author).unmerged()
    matches = _begins("correspondent_address", wanted) | _begins("correspondent_name", wanted)
    found: list[tuple[str, str]] = []
    for status in (Conversation.Status.OPEN, Conversation.Status.CLOSED, Conversation.Status.PENDING):
        newest = visible.filter(status=status).order_by("-last_at", "-id").values("pk")[:_LOOKED_AT]
        rows = Conversation.objects.filter(matches, pk__in=list(newest.values_list("pk", flat=True)))
        pairs = rows.order_by("-last_at").values_list("correspondent_name", "correspondent_address")
        found += pairs[: 5 * MOST_OFFERED]
    return [Address(name, address) for name, address in found if address]


def _begins(column: str, wanted: str) -> Q:
    """Return the condition that the column or one of its words begins so."""
    return Q(**{f"{column}__istartswith": wanted}) | Q(**{f"{column}__icontains": f" {wanted}"})
