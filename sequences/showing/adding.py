"""What adding contacts to a sequence would do, in numbers and dates, before it is done."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from sequences.batches.choosing import contacts_of
from sequences.contacts.validity import Verdict, validity_of, with_validity
from sequences.enrolling import Reason
from sequences.limits.quotas import Quotas
from sequences.models import Contact, Enrollment, EnrollmentBatch, Sequence, Step
from sequences.running.drawing import seconds_apart
from sequences.running.placing import NEVER_OPEN, first_due
from sequences.schedule import next_due_at, timetable_of
from sequences.showing.lacking import Lacking, lacking_in
from servers.models import OutgoingServer

# How many of those who are left out a page names; the download has all.
MOST_NAMED = 20
_BATCH = 500
_MOST_ZONES = 100


@dataclass(frozen=True)
class Omission:
    """Why so many are left out."""

    reason: Reason
    count: int


@dataclass(frozen=True)
class Through:
    """How many go through a server, and how many mails of sequences may leave through it on a day."""

    server: OutgoingServer
    count: int
    per_day: int | None


@dataclass(frozen=True)
class Start:
    """When first mails leave: the first, about the last, and how many a day at most; None for no limit."""

    first_at: datetime
    last_at: datetime
    per_day: int | None
    because: str


@dataclass(frozen=True)
class Preview:
    """What is going to happen; `start` is None where nobody is added or no hours are open."""

    total: int
    added: int
    omissions: Listed[Omission]
    left_out: Listed[tuple[Contact, str]]
    through: Listed[Through]
    lacking: Listed[Lacking]
    start: Start | None

    @property
    def skipped(self) -> int:
        return self.total - self.added


def preview_of(batch: EnrollmentBatch, servers: Mapping[uuid.UUID, OutgoingServer], *, now: datetime) -> Preview:
    """Return what adding would do; `servers` are those that the batch names. About twelve queries, however many."""
    sequence = batch.sequence
    judged = _judged(batch)
    counts: dict[Reason | None, int] = {}
    rows = judged.order_by().values_list("is_in", "verdict")
    for is_in, verdict, count in rows.annotate(count=Count("pk")):
        reason = _reason(verdict, is_in=is_in)
        counts[reason] = counts.get(reason, 0) + count
    added = counts.pop(None, 0)
    wanted = judged.filter(is_in=False, verdict=Verdict.OK.value)
    through = _through(batch, wanted, added, servers, now=now)
    return Preview(
        total=added + sum(counts.values()),
        added=added,
        omissions=[Omission(one, counts[one]) for one in Reason if one in counts],
        left_out=_named(judged),
        through=through,
        lacking=lacking_in(sequence, wanted) if added else [],
        start=_start(sequence, wanted, added, through, now=now) if added else None,
    )


def left_out_batches(batch: EnrollmentBatch) -> Iterator[list[list[str]]]:
    """Yield address, name and reason of all who would be left out, some hundred at a time."""
    rows = _left_out(_judged(batch)).order_by("pk")
    after: uuid.UUID | None = None
    while found := list((rows.filter(pk__gt=after) if after else rows)[:_BATCH]):
        yield [[one.written_address, one.full_name, words] for one, words in _with_words(found)]
        after = found[-1].pk


def _judged(batch: EnrollmentBatch) -> QuerySet[Any]:
    """Return who was chosen, each with `is_in` and `verdict`."""
    there = Enrollment.objects.filter(sequence=batch.sequence_id, contact=OuterRef("pk"))
    # COALESCE makes a plain column of it, by which every database groups.
    is_in = Coalesce(Exists(there), Value(False), output_field=BooleanField())
    return with_validity(contacts_of(batch.choice)).annotate(is_in=is_in)


def _left_out(judged: QuerySet[Any]) -> QuerySet[Any]:
    return judged.exclude(is_in=False, verdict=Verdict.OK.value)


def _reason(verdict: str, *, is_in: bool) -> Reason | None:
    if is_in:
        return Reason.ALREADY_IN
    return None if verdict == Verdict.OK else Reason(verdict)


def _named(judged: QuerySet[Any]) -> list[tuple[Contact, str]]:
    return _with_words(list(_left_out(judged).order_by("pk")[:MOST_NAMED]))


def _with_words(contacts: Listed[Contact]) -> list[tuple[Contact, str]]:
    validity = validity_of(one.address for one in contacts)
    found = []
    for one in contacts:
        reason = _reason(one.verdict, is_in=one.is_in)  # type: ignore[attr-defined]
        words = "" if reason in (None, Reason.ALREADY_IN) else validity[one.address].words
        label = str(reason.label) if reason is not None else ""
        found.append((one, f"{label}: {words}" if words else label))
    return found


def _through(
    batch: EnrollmentBatch,
    wanted: QuerySet[Contact],
    added: int,
    servers: Mapping[uuid.UUID, OutgoingServer],
    *,
    now: datetime,
) -> list[Through]:
    quotas = Quotas.loaded(now=now)
    picked = {uuid.UUID(contact_id): uuid.UUID(server_id) for contact_id, server_id in batch.overrides.items()}
    overridden = wanted.filter(pk__in=list(picked)).values_list("pk", flat=True) if picked else ()
    counts: dict[uuid.UUID, int] = {}
    for contact_id in overridden:
        counts[picked[contact_id]] = counts.get(picked[contact_id], 0) + 1
    rest = added - sum(counts.values())
    if rest and batch.server_id is not None:
        counts[batch.server_id] = counts.get(batch.server_id, 0) + rest
    found = [Through(servers[pk], count, _per_day(quotas, servers[pk])) for pk, count in counts.items()]
    return sorted(found, key=lambda one: (-one.count, str(one.server)))


def _per_day(quotas: Quotas, server: OutgoingServer) -> int | None:
    limits = (quotas.of_sign_in(server).per_day, quotas.of_mailbox(server).per_day)
    return min((one for one in limits if one is not None), default=None)


def _start(
    sequence: Sequence, wanted: QuerySet[Contact], added: int, through: Listed[Through], *, now: datetime
) -> Start | None:
    step = sequence.steps.filter(removed_at=None).order_by("position", "id").first()
    if step is None:
        return None
    quotas = Quotas.loaded(now=now)
    zones = wanted.order_by().values_list("time_zone", flat=True).distinct()[:_MOST_ZONES]
    spread = seconds_apart(added)
    dues = []
    for zone in zones:
        sample = Enrollment(sequence=sequence, contact=Contact(time_zone=zone))
        first = first_due(sample, step, quotas.rules, spread=0, now=now)
        last = first_due(sample, step, quotas.rules, spread=spread, now=now)
        dues.append((first, last))
    opened = [(first, last) for first, last in dues if first.because != NEVER_OPEN]
    if not opened:
        return None
    first, last_at = min((one for one, _last in opened), key=lambda one: one.at), max(one.at for _f, one in opened)
    per_day = _first_mails_a_day(sequence, through, quotas)
    if per_day:
        last_at = max(last_at, _after_days(sequence, quotas, first.at, -(-added // per_day) - 1) or last_at)
    return Start(first.at, last_at, per_day, first.because)


def _first_mails_a_day(sequence: Sequence, through: Listed[Through], quotas: Quotas) -> int | None:
    """Return how many first mails leave on a day at most, if nothing else leaves; servers with one sign-in share."""
    by_sign_in: dict[str, int | None] = {}
    for one in through:
        key = quotas.sign_in(one.server).key
        known = by_sign_in.get(key, one.per_day)
        by_sign_in[key] = one.per_day if known is None else min(known, one.per_day or known)
    rooms = list(by_sign_in.values())
    together = None if None in rooms else sum(one for one in rooms if one is not None)
    limits = (together, quotas.rules.per_day, sequence.new_per_day)
    return min((one for one in limits if one is not None), default=None)


def _after_days(sequence: Sequence, quotas: Quotas, since: datetime, days: int) -> datetime | None:
    if days <= 0:
        return None
    timetable = timetable_of(sequence, None, quotas.rules)
    due = next_due_at(min(days, _MOST_DAYS), Step.Unit.SENDING_DAYS, since, timetable)
    return due.at if due is not None else None


# Further than a year nobody plans, and each day is looked at.
_MOST_DAYS = 365
