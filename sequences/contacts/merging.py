"""Makes one contact of two (SPEC S5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from mailboxes.models import AddressStanding
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub.tenancy.models import Membership
from sequences.contacts.values import LABELS, TEXTS
from sequences.models import Contact, ContactChange, ContactField, Enrollment, ListEntry, OtherAddress, StepSend
from sequences.stopping.ending import stop

_State = Enrollment.State
_Cause = Enrollment.Cause
# A person who said no, or answered, has done so for both of them.
_SPOKE = frozenset({_Cause.REPLIED, _Cause.UNSUBSCRIBED, _Cause.COMPLAINED})


class MergeImpossible(Exception):
    """The two are not two contacts that are there; the words say so."""


@dataclass(frozen=True)
class Choice:
    """A field in which the two differ: what each says. `name` is "address", a plain field, or the key of an own one."""

    name: str
    label: str
    kept: str
    gone: str

    @property
    def takes_gone(self) -> bool:
        """Whether the value of the one that goes is proposed: only where the other has none."""
        return not self.kept


@dataclass(frozen=True)
class Plan:
    """What a merge does, before it is done."""

    kept: Contact
    gone: Contact
    choices: Sequence[Choice]
    effects: Sequence[str]


def plan(kept: Contact, gone: Contact, fields: Sequence[ContactField], viewer: Membership) -> Plan:
    """Return what there is to choose, and what happens; of sequences, what `viewer` may see."""
    return Plan(kept, gone, choices_of(kept, gone, fields), _effects(kept, gone, viewer))


def choices_of(kept: Contact, gone: Contact, fields: Sequence[ContactField]) -> list[Choice]:
    """Return the fields in which two contacts differ, the address first."""
    pairs = [("address", LABELS["address"], kept.written_address, gone.written_address)]
    pairs += [(name, LABELS[name], getattr(kept, name), getattr(gone, name)) for name in (*TEXTS, "time_zone")]
    pairs += [
        (one.key, one.label, str(kept.custom.get(one.key, "")), str(gone.custom.get(one.key, ""))) for one in fields
    ]
    return [Choice(*pair) for pair in pairs if pair[2] != pair[3]]


def merge(kept: Contact, gone: Contact, from_gone: Collection[str], *, by: Membership, now: datetime) -> Contact:
    """Make `gone` a part of `kept`, with the fields named by `from_gone` as they are in `gone`; return what is left.

    Both addresses are known afterwards: the one that is not written to any more stays as a further one. In a sequence
    that both are in, the one further on stays, and the other one is stopped. Raises MergeImpossible.
    """
    with transaction.atomic():
        both = Contact.objects.select_for_update(of=("self",)).filter(pk__in=[kept.pk, gone.pk]).order_by("pk")
        rows = {one.pk: one for one in both}
        if len(rows) != 2:
            raise MergeImpossible("One of the two is not there any more.")
        kept, gone = rows[kept.pk], rows[gone.pk]
        _join_enrollments(kept, gone, by=by, now=now)
        _move_belongings(kept, gone)
        _take_values(kept, gone, from_gone)
        gone.delete()
        kept.changed_at = now
        kept.save()
        _keep_address(kept, gone, from_gone)
        _carry_standing(kept, by=by, now=now)
        words = f"With {gone.written_address}" + (f" ({gone.full_name})" if gone.full_name else "")
        ContactChange.objects.create(
            tenant_id=kept.tenant_id,
            contact=kept,
            kind=ContactChange.Kind.MERGED,
            words=words[:600],
            membership=by,
            at=now,
        )
    return kept


def _effects(kept: Contact, gone: Contact, viewer: Membership) -> list[str]:
    effects = [
        f"The history and the lists of {gone.written_address} go to {kept.written_address}.",
        "The address that is not chosen stays as a further one: whoever imports it again means the same person.",
    ]
    visible = set(Enrollment.objects.visible_to(viewer).filter(contact__in=[kept, gone]).values_list("pk", flat=True))
    for stays, goes in _meetings(kept, gone):
        if stays.pk in visible and goes.pk in visible:
            effects.append(
                f"Both are in “{stays.sequence.name}”: what was sent to {stays.contact.written_address} counts, and "
                f"goes on. What waits for {goes.contact.written_address} is not sent, and the report counts it no more."
            )
    if _spoke_against(kept.address, gone.address):
        effects.append("One of the two wants no mail to lists, so that holds for both.")
    return effects


def _join_enrollments(kept: Contact, gone: Contact, *, by: Membership, now: datetime) -> None:
    meetings = _meetings(kept, gone)
    losers = [goes.pk for _stays, goes in meetings]
    stop(Enrollment.objects.filter(pk__in=losers), _Cause.CONTACT_GONE, f"Merged: {gone}", by=by, now=now)
    Enrollment.objects.filter(pk__in=losers).delete()
    Enrollment.objects.filter(contact=gone).update(contact=kept, changed_at=now)
    StepSend.objects.filter(contact=gone).update(contact=kept)


def _meetings(kept: Contact, gone: Contact) -> list[tuple[Enrollment, Enrollment]]:
    """Return the pairs of enrollments in the same sequence: who stays, and who goes."""
    rows = Enrollment.objects.filter(contact__in=[kept, gone]).select_related("sequence", "contact")
    rows = rows.annotate(sent_count=Count("sends", filter=Q(sends__withdrawn_at=None)))
    by_sequence: dict[object, list[Enrollment]] = {}
    for one in rows.order_by("added_at", "id"):
        by_sequence.setdefault(one.sequence_id, []).append(one)
    pairs = [sorted(ones, key=_rank, reverse=True) for ones in by_sequence.values() if len(ones) == 2]
    return [(stays, goes) for stays, goes in pairs]


def _rank(enrollment: Enrollment) -> tuple[bool, int, bool]:
    sent_count: int = getattr(enrollment, "sent_count", 0)
    return enrollment.cause in _SPOKE, sent_count, enrollment.state != _State.STOPPED


def _move_belongings(kept: Contact, gone: Contact) -> None:
    on_both = ListEntry.objects.filter(contact=kept).values("list")
    ListEntry.objects.filter(contact=gone).exclude(list__in=on_both).update(contact=kept)
    OtherAddress.objects.filter(contact=gone).update(contact=kept)
    ContactChange.objects.filter(contact=gone).update(contact=kept)


def _take_values(kept: Contact, gone: Contact, from_gone: Collection[str]) -> None:
    for name in (*TEXTS, "time_zone"):
        if name in from_gone:
            setattr(kept, name, getattr(gone, name))
    own: Mapping[str, str] = gone.custom
    taken = {key: own.get(key, "") for key in {*kept.custom, *own} if key in from_gone}
    kept.custom = {key: value for key, value in {**kept.custom, **taken}.items() if value}


def _keep_address(kept: Contact, gone: Contact, from_gone: Collection[str]) -> None:
    """Write to the chosen address, and know the other one. The row that had it is gone by now."""
    other = gone.address
    if "address" in from_gone:
        other = kept.address
        kept.address, kept.written_address, kept.domain = gone.address, gone.written_address, gone.domain
        kept.save(update_fields=["address", "written_address", "domain"])
    OtherAddress.objects.create(tenant_id=kept.tenant_id, contact=kept, address=other)


def _carry_standing(kept: Contact, *, by: Membership, now: datetime) -> None:
    """Who said no at one address said it as a person: it holds for the address that is written to."""
    other = OtherAddress.objects.filter(contact=kept).values("address")
    said_no = AddressStanding.objects.filter(address__in=other).filter(_SAID_NO).order_by("address").first()
    own = AddressStanding.objects.filter(_SAID_NO, address=kept.address)
    if said_no is not None and not own.exists():
        words = f"Wanted no mail at {said_no.address}, which is the same person."
        changing.note_unsubscribe(kept.address, Occasion(kept.tenant_id, now, words, membership=by))
    if said_no is not None:
        stop(Enrollment.objects.filter(contact=kept), _Cause.UNSUBSCRIBED, "Unsubscribed", by=by, now=now)


def _spoke_against(*addresses: str) -> bool:
    return AddressStanding.objects.filter(_SAID_NO, address__in=addresses).exists()


_SAID_NO = Q(unsubscribed_at__isnull=False) | Q(complained_at__isnull=False)
