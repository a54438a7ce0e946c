"""Changes the standing of one address, and writes down what happened to it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from mailboxes.addresses import normalise
from mailboxes.models import AddressStanding, Delivery, Message, StandingChange
from mailhub.tenancy.models import Membership

_Event = StandingChange.Event


@dataclass(frozen=True)
class Occasion:
    """Why a standing changes: a message that came in, a delivery that was refused, or a person."""

    tenant_id: int
    at: datetime
    words: str = ""
    message: Message | None = None
    delivery: Delivery | None = None
    membership: Membership | None = None


def mark_incorrect(address: str, occasion: Occasion) -> None:
    """Nobody shall write to this address again until a person clears it."""
    standing = _standing(address, occasion)
    rows = AddressStanding.objects.filter(pk=standing.pk)
    rows.update(
        incorrect_since=Coalesce(F("incorrect_since"), occasion.at),
        incorrect_because=occasion.words[:600],
        last_bounced_at=occasion.at,
        changed_at=occasion.at,
    )
    _note(standing, _Event.MARKED_INCORRECT, occasion)


def count_bounce(address: str, event: StandingChange.Event, occasion: Occasion) -> None:
    """Note a bounce or a delay that says nothing final about the address."""
    standing = _standing(address, occasion)
    counted = 1 if event == _Event.BOUNCED else 0
    AddressStanding.objects.filter(pk=standing.pk).update(
        temporary_bounce_count=F("temporary_bounce_count") + counted,
        last_bounced_at=occasion.at,
        changed_at=occasion.at,
    )
    _note(standing, event, occasion)


def note_complaint(address: str, occasion: Occasion) -> None:
    """The person behind this address called a mail of ours spam."""
    standing = _standing(address, occasion)
    AddressStanding.objects.filter(pk=standing.pk).update(complained_at=occasion.at, changed_at=occasion.at)
    _note(standing, _Event.COMPLAINED, occasion)


def note_unsubscribe(address: str, occasion: Occasion) -> None:
    """The person behind this address wants no mail to lists any more."""
    standing = _standing(address, occasion)
    AddressStanding.objects.filter(pk=standing.pk).update(unsubscribed_at=occasion.at, changed_at=occasion.at)
    _note(standing, _Event.UNSUBSCRIBED, occasion)


def clear(standing: AddressStanding, membership: Membership, *, now: datetime) -> None:
    """A person says that the address is right and may be written to again; the history stays."""
    AddressStanding.objects.filter(pk=standing.pk).update(
        incorrect_since=None,
        incorrect_because="",
        complained_at=None,
        unsubscribed_at=None,
        temporary_bounce_count=0,
        changed_at=now,
    )
    _note(standing, _Event.CLEARED, Occasion(standing.tenant_id, now, membership=membership))


def _standing(address: str, occasion: Occasion) -> AddressStanding:
    standing: AddressStanding
    standing, _is_new = AddressStanding.objects.get_or_create(
        tenant_id=occasion.tenant_id, address=normalise(address)[:320], defaults={"changed_at": occasion.at}
    )
    return standing


def _note(standing: AddressStanding, event: StandingChange.Event, occasion: Occasion) -> None:
    StandingChange.objects.create(
        tenant_id=occasion.tenant_id,
        standing=standing,
        event=event,
        message=occasion.message,
        delivery=occasion.delivery,
        membership=occasion.membership,
        words=occasion.words[:600],
        at=occasion.at,
    )
