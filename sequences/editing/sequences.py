"""A new sequence, a copy of one, and what is set for one as a whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction

from mailhub.tenancy.models import Membership
from sequences.editing.steps import UNDER_WAY
from sequences.models import Enrollment, Sequence, Step, Variant
from servers.models import OutgoingServer

LONGEST_NAME = 120


@dataclass(frozen=True)
class Settings:
    """What is set for a sequence as a whole."""

    name: str
    server: OutgoingServer | None
    stops_company: bool = False
    tracks_opens: bool = False
    tracks_clicks: bool = False


def add_sequence(name: str, server: OutgoingServer | None, *, by: Membership, now: datetime) -> Sequence:
    """Add a draft without steps; IntegrityError when its name is taken."""
    sequence: Sequence = Sequence.objects.create(
        tenant=by.tenant, name=name, server=server, author=by, created_at=now, changed_at=now
    )
    return sequence


def change_settings(sequence: Sequence, settings: Settings, *, now: datetime) -> None:
    """Set these; IntegrityError when the name is taken. Contacts who are in keep their outgoing server (SPEC S2)."""
    Sequence.objects.filter(pk=sequence.pk).update(
        name=settings.name,
        server=settings.server,
        stops_company=settings.stops_company,
        tracks_opens=settings.tracks_opens,
        tracks_clicks=settings.tracks_clicks,
        changed_at=now,
    )


def state_of_settings(sequence: Sequence) -> str:
    """Return what a form carries, to notice that somebody else changed one of these settings meanwhile."""
    values = "|".join(str(getattr(sequence, name)) for name in _SET)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def copy_sequence(original: Sequence, name: str, *, by: Membership, now: datetime) -> Sequence:
    """Add a draft with the steps, texts, hours and settings of another, and with none of its contacts.

    It belongs to whoever copies. IntegrityError when the name is taken.
    """
    with transaction.atomic():
        copy = add_sequence(name, original.server, by=by, now=now)
        for field in _COPIED:
            setattr(copy, field, getattr(original, field))
        copy.save(update_fields=_COPIED)
        _copy_steps(original, copy, now=now)
    return copy


def _copy_steps(original: Sequence, copy: Sequence, *, now: datetime) -> None:
    steps = list(original.steps.filter(removed_at=None).prefetch_related("variants"))
    made = [
        Step(
            tenant_id=copy.tenant_id,
            sequence=copy,
            position=position,
            delay=one.delay,
            unit=one.unit,
            created_at=now,
        )
        for position, one in enumerate(steps, start=1)
    ]
    Step.objects.bulk_create(made)
    Variant.objects.bulk_create(
        Variant(
            tenant_id=copy.tenant_id,
            step=new,
            label=one.label,
            weight=one.weight,
            is_active=one.is_active,
            subject=one.subject,
            html=one.html,
            changed_at=now,
        )
        for old, new in zip(steps, made, strict=True)
        for one in old.variants.all()
    )


def free_name(wished: str) -> str:
    """Return `wished`, or with a number behind it when another sequence of the account is called so."""
    beginning = wished[: LONGEST_NAME - 8]
    taken = set(Sequence.objects.filter(name__startswith=beginning).values_list("name", flat=True))
    numbered = (f"{beginning} {number}" for number in count(2))
    return wished[:LONGEST_NAME] if wished[:LONGEST_NAME] not in taken else next(n for n in numbered if n not in taken)


def on_other_servers(sequence: Sequence) -> int:
    """Return how many contacts on their way do not go through the server that the sequence has now."""
    if sequence.server_id is None:
        return 0
    rows = Enrollment.objects.filter(sequence=sequence, state__in=UNDER_WAY)
    return rows.exclude(server=sequence.server_id).count()


def under_way(sequence: Sequence) -> int:
    """Return how many contacts are on their way, also those who pause."""
    return Enrollment.objects.filter(sequence=sequence, state__in=UNDER_WAY).count()


_SET = ("name", "server_id", "stops_company", "tracks_opens", "tracks_clicks")
_COPIED = ("week", "zone", "skip_dates", "new_per_day", "stops_company", "tracks_opens", "tracks_clicks")
