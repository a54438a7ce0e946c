"""Who works on a batch: a lease by the database's clock, and a position that is committed with what was done."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from sequences.models import EnrollmentBatch

# Some hundred contacts take seconds; whoever is silent for so long is dead.
LEASE = timedelta(minutes=2)

_State = EnrollmentBatch.State
_Free = Q(lease_until=None) | Q(lease_until__lt=Now())


class LeaseLost(Exception):
    """Another worker has taken the batch over: nothing more may be written."""


def waiting() -> set[tuple[int, uuid.UUID]]:
    """Return tenant and id of the batches that nobody works on; runs under `unscoped`."""
    found = EnrollmentBatch.objects.filter(_Free, state=_State.RUNNING)
    return set(found.values_list("tenant_id", "pk"))


def claim(batch_id: uuid.UUID, token: uuid.UUID) -> EnrollmentBatch | None:
    """Lease a batch that is running; None where there is nothing to do or another worker has it."""
    free = EnrollmentBatch.objects.filter(_Free, pk=batch_id, state=_State.RUNNING)
    if not free.update(token=token, lease_until=Now() + LEASE):
        return None
    rows = EnrollmentBatch.objects.select_related("sequence__server", "server", "created_by__user")
    mine: EnrollmentBatch = rows.get(pk=batch_id)
    return mine


def move_on(mine: EnrollmentBatch, token: uuid.UUID, *, to: uuid.UUID, by: int, counts: Mapping[str, int]) -> None:
    """Note, in the transaction that did it, that all up to `to` are through; raise LeaseLost when it is not ours."""
    total = dict(mine.counts)
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
    changes = {"position": to, "done_count": mine.done_count + by, "counts": total}
    ours = EnrollmentBatch.objects.filter(pk=mine.pk, token=token, state=_State.RUNNING, lease_until__gt=Now())
    if not ours.update(lease_until=Now() + LEASE, **changes):
        raise LeaseLost


def settle(mine: EnrollmentBatch, token: uuid.UUID, state: str, *, words: str = "", now: datetime) -> None:
    """End the work in this state, if it is still ours."""
    ours = EnrollmentBatch.objects.filter(pk=mine.pk, token=token, state=_State.RUNNING)
    ours.update(state=state, words=words[:300], finished_at=now, token=None, lease_until=None)


def release(batch_id: uuid.UUID, token: uuid.UUID) -> None:
    """Let others work on it."""
    EnrollmentBatch.objects.filter(pk=batch_id, token=token).update(token=None, lease_until=None)
