"""Starts sequences, puts them away and takes them out again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from mailboxes.leaving import may_still_send
from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, Sequence
from sequences.running import replanning
from sequences.stopping.sequences import pause_sequence

_State = Sequence.State


def start(sequence: Sequence, *, by: Membership, now: datetime) -> bool:
    """Start a draft, or go on with what pauses; False when it is active already, or was put away.

    What stood in the way is asked before (`sequences.starting.checks`). It keeps its author, unless that person may not
    send from its mailbox any more: then it leaves in the name of who starts it. What bounced before is forgiven.
    """
    with transaction.atomic():
        rows = Sequence.objects.filter(pk=sequence.pk, state__in=[_State.DRAFT, _State.PAUSED])
        held = rows.select_for_update(of=("self",), no_key=True).first()
        if held is None:
            return False
        shield_from = now if held.state == _State.PAUSED else None
        started = rows.update(
            state=_State.ACTIVE,
            author=held.author if _may_send(held) else by,
            paused_because="",
            shield_from=shield_from or held.shield_from,
            started_at=Coalesce(F("started_at"), Value(now)),
            changed_at=now,
        )
        if started:
            replanning.ask(held)
        return bool(started)


def archive(sequence: Sequence, *, now: datetime) -> bool:
    """Put a sequence away; what is active pauses first. False when it is put away already.

    Its contacts stay where they are, and go on from there if it is taken out again and started.
    """
    pause_sequence(sequence, now=now)
    rows = Sequence.objects.filter(pk=sequence.pk, state__in=[_State.DRAFT, _State.PAUSED])
    return bool(rows.update(state=_State.ARCHIVED, paused_because="", changed_at=now))


def restore(sequence: Sequence, *, now: datetime) -> bool:
    """Take out what was put away: as a draft if it was never started, else paused. False when it was not put away."""
    rows = Sequence.objects.filter(pk=sequence.pk, state=_State.ARCHIVED)
    state = _State.DRAFT if sequence.started_at is None else _State.PAUSED
    return bool(rows.update(state=state, changed_at=now))


def on_their_way(sequence: Sequence) -> int:
    """Return how many contacts are still to get mail."""
    return Enrollment.objects.filter(sequence=sequence, state=Enrollment.State.ACTIVE).count()


def _may_send(sequence: Sequence) -> bool:
    """Whether who wrote it may still send from its mailbox."""
    if sequence.server is None:
        return sequence.author is not None
    return may_still_send(sequence.author, sequence.server.mailbox)
