"""A sequence that pauses sends nothing more, from this moment on."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from sequences.models import Enrollment, Sequence, StepSend
from sequences.running.placing import place
from sequences.stopping.ending import take_back
from sequences.stopping.telling import tell_paused

_BATCH = 500


def pause_sequence(sequence: Sequence, *, because: str = "", now: datetime) -> bool:
    """Pause a sequence that is active, and take back what it submitted and has not left; False if it was not active.

    `because` says why it paused by itself, and its author is told; a person needs none. Contacts stay where they are on
    their way.
    """
    with transaction.atomic():
        active = Sequence.objects.filter(pk=sequence.pk, state=Sequence.State.ACTIVE)
        if not active.update(state=Sequence.State.PAUSED, paused_because=because[:300], changed_at=now):
            return False
        if because:
            tell_paused(sequence, because, now=now)
    while ids := _under_way(sequence):
        with transaction.atomic():
            held = _held(ids)
            withdrawn = take_back(held, because="The sequence was paused.", now=now)
            place(withdrawn, now=now)
        if not withdrawn:
            # What is left is at its final dot.
            break
    return True


def _under_way(sequence: Sequence) -> list[uuid.UUID]:
    open_sends = StepSend.objects.filter(
        sequence=sequence, withdrawn_at=None, sent_at=None, failed_at=None, uncertain_at=None
    )
    return list(open_sends.order_by("-submitted_at").values_list("enrollment_id", flat=True)[:_BATCH])


def _held(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    rows: QuerySet[Enrollment] = Enrollment.objects.filter(pk__in=ids)
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))
