"""One run of a worker over what is due in the sequences of one account."""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from mailhub.lib.failpoints import failpoint
from sequences.contacts.suppressing import may_list_write_to
from sequences.models import Enrollment
from sequences.running import claiming
from sequences.running.accounts import Account
from sequences.running.drawing import drawn
from sequences.running.obstacles import Wait
from sequences.running.submitting import run

log = logging.getLogger(__name__)

# Few of each sequence in turn: those that share a limit share it, and none waits for the end of another.
BATCH = 5
RUN_SECONDS = 4.0
# What failed by a fault of ours is tried again then.
_AFTER_FAULT = timedelta(minutes=15)
_FAULT = "something went wrong on our side; it is tried again"
_SOON = timedelta(minutes=1)


def run_due(tenant_id: int, *, now: Callable[[], datetime]) -> bool:
    """Submit what is due in the sequences of a tenant; True when more is due and the bell should ring again.

    The time is bounded, so that tenants take turns.
    """
    began = time.monotonic()
    waiting = _in_turn(claiming.sequences_with_due(now=now()), now=now())
    account = Account.load(tenant_id) if waiting else None
    while waiting and account is not None:
        for sequence_id in list(waiting):
            if not _run_batch(sequence_id, account, now=now()):
                waiting.remove(sequence_id)
            if time.monotonic() - began > RUN_SECONDS:
                return bool(waiting)
    return False


def _in_turn(sequence_ids: list[uuid.UUID], *, now: datetime) -> list[uuid.UUID]:
    """Put them into another order with each minute: whoever comes first gets what a limit still allows."""
    return sorted(sequence_ids, key=lambda one: drawn(1 << 30, one, now.strftime("%Y-%m-%dT%H:%M")))


def _run_batch(sequence_id: uuid.UUID, account: Account, *, now: datetime) -> bool:
    """Do some of a sequence; False when nothing else can leave for the moment."""
    claimed = claiming.claim(sequence_id, limit=BATCH, now=now)
    failpoint("sequences.claimed")
    refusals = may_list_write_to(one.contact.address for one in claimed)
    is_held_up = False
    for enrollment in claimed:
        try:
            obstacle = run(enrollment, account, refusals, now=now)
        except (OperationalError, InterfaceError):
            # The database is in trouble, not the mail: the lease ends by itself.
            raise
        except Exception:
            log.exception("The next mail of enrollment %s could not be written.", enrollment.pk)
            _put_off(enrollment, now=now)
            continue
        # A limit by the minute holds for those behind it too: their turn comes with the next tick.
        is_held_up = is_held_up or (isinstance(obstacle, Wait) and obstacle.until - now <= _SOON)
    return len(claimed) == BATCH and not is_held_up


def _put_off(enrollment: Enrollment, *, now: datetime) -> None:
    mine = Enrollment.objects.filter(pk=enrollment.pk, due_at=enrollment.due_at, state=Enrollment.State.ACTIVE)
    mine.update(due_at=now + _AFTER_FAULT, due_because=_FAULT, changed_at=now)
