"""Works on batches: some hundred contacts at a time, each committed with the position behind it."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission
from sequences.batches import claiming
from sequences.batches.choosing import contacts_of
from sequences.batches.claiming import LeaseLost
from sequences.batches.deeds import do
from sequences.batches.selecting import selected
from sequences.enrolling import ServerRefused, enroll
from sequences.models import EnrollmentBatch, Sequence
from servers.models import OutgoingServer

log = logging.getLogger(__name__)

BATCH = 500
# After this a worker makes room for other work, and goes on when the bell rings again.
RUN_SECONDS = 45.0
# In `counts`: who was added, and with whom something was done.
ADDED = "added"
CHANGED = "changed"

Deed = EnrollmentBatch.Deed
_State = EnrollmentBatch.State


class _Refused(Exception):
    """It cannot go on; the words say why."""


def work(batch_id: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Work on a batch as far as one run goes; True when some of it still waits."""
    token = uuid.uuid4()
    mine = claiming.claim(batch_id, token)
    if mine is None:
        return False
    try:
        return _work_on(mine, token, now=now)
    except LeaseLost:
        return False
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the batch: the sweep brings it back.
        raise
    except (_Refused, ServerRefused) as refused:
        claiming.settle(mine, token, _State.FAILED, words=str(refused), now=now())
        return False
    except Exception:
        log.exception("Batch %s cannot go on behind contact %s.", mine.pk, mine.position)
        words = f"Something went wrong on our side after {mine.done_count:,} contacts."
        claiming.settle(mine, token, _State.FAILED, words=words, now=now())
        return False
    finally:
        claiming.release(batch_id, token)


def _work_on(mine: EnrollmentBatch, token: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Take through who is not yet; True where the time of this run is over before."""
    ends_at = time.monotonic() + RUN_SECONDS
    by = _who_does_it(mine)
    take_through = _add if mine.deed == Deed.ADD else _change
    while True:
        with transaction.atomic():
            done = take_through(mine, by, now=now())
            if done is None:
                break
            claiming.move_on(mine, token, to=done.last, by=done.number, counts=done.counts)
            failpoint("batch.before_commit")
        mine.refresh_from_db(fields=["position", "done_count", "counts"])
        failpoint("batch.written")
        if time.monotonic() > ends_at:
            return True
    claiming.settle(mine, token, _State.DONE, now=now())
    return False


@dataclass(frozen=True)
class _Done:
    """Some contacts that are through."""

    last: uuid.UUID
    number: int
    counts: Mapping[str, int]


def _who_does_it(mine: EnrollmentBatch) -> Membership:
    """Return who began it, as long as they may: work goes on for minutes, and people leave."""
    by = mine.created_by
    if by is None or not (by.is_active and by.user.is_active and by.may(Permission.USE_SEQUENCES)):
        raise _Refused("Who began it may not use sequences any more.")
    if not Sequence.objects.visible_to(by).filter(pk=mine.sequence_id).exists():
        raise _Refused("Who began it may not see the sequence any more.")
    return by


def _add(mine: EnrollmentBatch, by: Membership, *, now: datetime) -> _Done | None:
    if mine.sequence.state == Sequence.State.ARCHIVED:
        raise _Refused("The sequence was archived.")
    rows = contacts_of(mine.choice)
    if mine.position is not None:
        rows = rows.filter(pk__gt=mine.position)
    contacts = list(rows.order_by("pk")[:BATCH])
    if not contacts:
        return None
    overrides = _overrides_of(mine, {str(one.pk) for one in contacts})
    if mine.server is None:
        # They go through no other without being asked.
        raise _Refused("The outgoing server that was chosen was deleted.")
    enrolled = enroll(
        mine.sequence, contacts, server=mine.server, overrides=overrides, by=by, among=mine.total, now=now
    )
    counts = Counter(one.reason.value for one in enrolled.skipped)
    counts[ADDED] = len(enrolled.added)
    return _Done(contacts[-1].pk, len(contacts), counts)


def _overrides_of(mine: EnrollmentBatch, contact_ids: set[str]) -> dict[uuid.UUID, OutgoingServer]:
    chosen = {contact_id: server_id for contact_id, server_id in mine.overrides.items() if contact_id in contact_ids}
    servers = OutgoingServer.objects.in_bulk([uuid.UUID(one) for one in set(chosen.values())])
    if len(servers) < len(set(chosen.values())):
        # Who was to go through it goes through no other without being asked.
        raise _Refused("An outgoing server that was chosen for single contacts was deleted.")
    return {uuid.UUID(contact_id): servers[uuid.UUID(server_id)] for contact_id, server_id in chosen.items()}


def _change(mine: EnrollmentBatch, by: Membership, *, now: datetime) -> _Done | None:
    rows = selected(mine.sequence, by, mine.choice)
    if mine.position is not None:
        rows = rows.filter(pk__gt=mine.position)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return None
    count = do(Deed(mine.deed), ids, to=mine.server, by=by, now=now)
    return _Done(ids[-1], len(ids), {CHANGED: count})
