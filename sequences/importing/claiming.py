"""Who works on an import: a lease by the database's clock, and a position that is committed with each batch."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from sequences.models import ContactImport

# A batch takes seconds; whoever is silent for so long is dead.
LEASE = timedelta(minutes=2)
# An import whose work stops the worker each time is not begun for ever.
MOST_DEATHS = 10
# In `counts`, beside what came out: how often a worker began since the last batch that was committed.
BEGUN = "begun"

_Free = Q(lease_until=None) | Q(lease_until__lt=Now())


class LeaseLost(Exception):
    """Another worker has taken the import over, or a person has stopped it: nothing more may be written."""


def waiting() -> set[tuple[int, uuid.UUID]]:
    """Return tenant and id of the imports that nobody works on; runs under `unscoped`."""
    found = ContactImport.objects.filter(_Free, state__in=ContactImport.WORKING)
    return set(found.values_list("tenant_id", "pk"))


def claim(contact_import_id: uuid.UUID, token: uuid.UUID) -> ContactImport | None:
    """Lease an import that is to be worked on; None where there is nothing to do or another worker has it."""
    free = ContactImport.objects.filter(_Free, pk=contact_import_id, state__in=ContactImport.WORKING)
    if not free.update(token=token, lease_until=Now() + LEASE):
        return None
    mine: ContactImport = ContactImport.objects.get(pk=contact_import_id)
    begun = mine.counts.get(BEGUN, 0) + 1
    mine.counts = {**mine.counts, BEGUN: begun}
    ContactImport.objects.filter(pk=mine.pk, token=token).update(counts=mine.counts)
    return mine


def move_on(mine: ContactImport, token: uuid.UUID, *, by: int, counts: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """Commit, with what a batch wrote, that its rows are through; raise LeaseLost when they are not ours any more.

    Returns `done_count` and `counts` as they are then.
    """
    ours = ContactImport.objects.filter(pk=mine.pk, token=token, state=mine.state, done_count=mine.done_count)
    total = {name: number for name, number in mine.counts.items() if name != BEGUN}
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
    position = mine.done_count + by
    if not ours.filter(lease_until__gt=Now()).update(done_count=position, counts=total, lease_until=Now() + LEASE):
        raise LeaseLost
    return position, total


def settle(mine: ContactImport, token: uuid.UUID, state: str, *, now: datetime, **values: Any) -> bool:
    """End the work in this state; False when the import is not ours any more."""
    ours = ContactImport.objects.filter(pk=mine.pk, token=token, state=mine.state)
    return bool(ours.update(state=state, finished_at=now, token=None, lease_until=None, **values))


def release(contact_import_id: uuid.UUID, token: uuid.UUID) -> None:
    """Let others work on it."""
    ContactImport.objects.filter(pk=contact_import_id, token=token).update(token=None, lease_until=None)
