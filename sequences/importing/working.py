"""Works on imports: tries, runs and undoes them in batches, each committed with the position behind it."""

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from mailhub.lib.failpoints import failpoint
from mailhub.tenancy import blobs
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.sealing import SealBroken
from sequences.importing import claiming, undoing
from sequences.importing.claiming import LeaseLost
from sequences.importing.deciding import Decision, Seen, decide
from sequences.importing.reading import FileUnreadable, Row, Shape, rows
from sequences.importing.writing import ChangedMeanwhile, write
from sequences.models import ContactField, ContactImport, ImportRow

log = logging.getLogger(__name__)

BATCH = 500
# After this a worker makes room for other work, and goes on when the bell rings again.
RUN_SECONDS = 45.0
# In `counts`, beside the outcomes: how many are not written to, whatever the file says.
BARRED = "barred"
_TRIES = 5

_State = ContactImport.State
_ENDS_IN: dict[str, str] = {_State.TRYING: _State.TRIED, _State.RUNNING: _State.DONE, _State.UNDOING: _State.UNDONE}


def work(contact_import_id: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Try, run or undo an import as far as one run goes; True when some of it still waits."""
    token = uuid.uuid4()
    mine = claiming.claim(contact_import_id, token)
    if mine is None:
        return False
    try:
        return _work_on(mine, token, now=now)
    except LeaseLost:
        return False
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the file: the sweep brings it back.
        raise
    except (BlobMissing, SealBroken):
        return _fail(mine, token, "The file is not there any more. Upload it again.", now=now)
    except FileUnreadable as unreadable:
        return _fail(mine, token, str(unreadable), now=now)
    except Exception:
        log.exception("Import %s cannot go on behind row %d.", mine.pk, mine.done_count)
        return _fail(mine, token, f"Something went wrong on our side behind row {mine.done_count:,}.", now=now)
    finally:
        claiming.release(contact_import_id, token)


def _work_on(mine: ContactImport, token: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    if mine.counts[claiming.BEGUN] > claiming.MOST_DEATHS:
        words = f"It stopped its worker {claiming.MOST_DEATHS} times behind row {mine.done_count:,}."
        return _fail(mine, token, words, now=now)
    ends_at = time.monotonic() + RUN_SECONDS
    advance = _undo if mine.state == _State.UNDOING else _import
    if not advance(mine, token, ends_at, now=now):
        return True
    with transaction.atomic():
        if claiming.settle(mine, token, _ENDS_IN[mine.state], now=now()) and mine.state == _State.RUNNING:
            # What a trial foresaw is of no use beside what happened.
            ImportRow.objects.filter(contact_import=mine, is_trial=True).delete()
    return False


def _import(mine: ContactImport, token: uuid.UUID, ends_at: float, *, now: Callable[[], datetime]) -> bool:
    """Take the rows through that are not yet; False when the time of this run is over."""
    is_trial = mine.state == _State.TRYING
    fields = list(ContactField.objects.all())
    seen = Seen.before(mine, is_trial=is_trial)
    left = _rows_left(mine)
    while batch := list(islice(left, BATCH)):
        _take_through(mine, token, batch, fields, seen, is_trial=is_trial, now=now())
        failpoint("import.batch_written")
        if time.monotonic() > ends_at:
            return False
    return True


def _rows_left(mine: ContactImport) -> Iterator[Row]:
    raw = blobs.get(mine.tenant_id, mine.raw_sha256)
    shape = Shape(mine.encoding, mine.delimiter, mine.has_header)
    return islice(rows(raw, shape), mine.done_count, None)


def _take_through(
    mine: ContactImport,
    token: uuid.UUID,
    batch: list[Row],
    fields: list[ContactField],
    seen: Seen,
    *,
    is_trial: bool,
    now: datetime,
) -> None:
    """Decide and write a batch in one transaction; anew where somebody else wrote the same contacts meanwhile."""
    for attempt in range(1, _TRIES + 1):
        decisions = decide(batch, mine, fields, seen)
        try:
            with transaction.atomic():
                position = claiming.move_on(mine, token, by=len(batch), counts=_counted(decisions))
                write(mine, decisions, is_trial=is_trial, now=now)
                failpoint("import.before_commit")
        except (IntegrityError, ChangedMeanwhile):
            if attempt == _TRIES:
                raise
            seen.forget(decisions)
        else:
            mine.done_count, mine.counts = position
            return


def _undo(mine: ContactImport, token: uuid.UUID, ends_at: float, *, now: Callable[[], datetime]) -> bool:
    """Take back what is not yet; False when the time of this run is over."""
    for batch in undoing.batches_left(mine, BATCH):
        with transaction.atomic():
            counts = undoing.undo(mine, batch, now=now())
            position = claiming.move_on(mine, token, by=len(batch), counts=counts)
        mine.done_count, mine.counts = position
        failpoint("import.batch_written")
        if time.monotonic() > ends_at:
            return False
    return True


def _counted(decisions: list[Decision]) -> Counter[str]:
    counts = Counter(one.outcome for one in decisions)
    counts[BARRED] = sum(one.is_barred for one in decisions)
    return counts


def _fail(mine: ContactImport, token: uuid.UUID, words: str, *, now: Callable[[], datetime]) -> bool:
    """Say what is wrong, and remember in what it failed, so that a person may have it go on."""
    counts = {name: number for name, number in mine.counts.items() if name != claiming.BEGUN}
    claiming.settle(mine, token, _State.FAILED, now=now(), words=words, counts=counts | {"failed_in": mine.state})
    return False
