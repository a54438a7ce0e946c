"""Moves the due times of all who wait in a sequence, after its steps, its hours or the account's were changed."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from sequences.models import Enrollment
from sequences.running.placing import place

# Rows that are locked and placed at a time.
_BATCH = 500


def replan(sequence_id: uuid.UUID, *, now: datetime) -> int:
    """Decide anew for everybody who waits in a sequence what comes next and when; return for how many.

    Mail that was submitted stays what it is, and so does who pauses, such as those who are out of office. Whoever
    waits for a limit or a server is simply asked again. First mails stay drawn apart.
    Holds enrollments alone, a batch in the order of their keys (sequences.stopping.ending), and nothing across batches:
    what a person changes meanwhile rings once more, and holds.
    """
    waiting = _waiting(sequence_id)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    return sum(_replan(waiting, ids[first : first + _BATCH], len(ids), now=now) for first in range(0, len(ids), _BATCH))


def _replan(waiting: QuerySet[Enrollment], ids: list[uuid.UUID], together: int, *, now: datetime) -> int:
    with transaction.atomic():
        held = waiting.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
        mine = list(held.values_list("pk", flat=True))
        place(mine, together=together, now=now)
    return len(mine)


def _waiting(sequence_id: uuid.UUID) -> QuerySet[Enrollment]:
    """Return those that have a due time, and those that stand at no step; of all others the mail is under way."""
    active = Enrollment.objects.filter(sequence=sequence_id, state=Enrollment.State.ACTIVE)
    rows: QuerySet[Enrollment] = active.filter(Q(due_at__isnull=False) | Q(step=None))
    return rows
