"""Keeps when a sequence sends; who waits in it is placed anew (SPEC S3)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from sequences.models import Sequence
from sequences.running import replanning


class ScheduleChanged(Exception):
    """Somebody else changed the hours since they were looked at."""


@dataclass(frozen=True)
class Schedule:
    """When a sequence sends: hours of each day from Monday, on whose clock, on which days not, and to how many."""

    week: list[list[list[str]]]
    zone: str
    skip_dates: list[str]
    new_per_day: int | None

    @classmethod
    def of(cls, sequence: Sequence) -> Schedule:
        return cls(sequence.week, sequence.zone, sequence.skip_dates, sequence.new_per_day)

    @property
    def fingerprint(self) -> str:
        """The same as long as nothing of it is changed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def save_schedule(sequence: Sequence, schedule: Schedule, *, seen: str, now: datetime) -> bool:
    """Write it, and have due times moved once that is committed; False where nothing was changed.

    `seen` is the fingerprint of what the person had before them; raises ScheduleChanged when it is another by now.
    """
    with transaction.atomic():
        rows = Sequence.objects.select_for_update(of=("self",), no_key=True)
        stored = Schedule.of(rows.get(pk=sequence.pk))
        if stored == schedule:
            return False
        if seen != stored.fingerprint:
            raise ScheduleChanged
        values: dict[str, Any] = asdict(schedule)
        Sequence.objects.filter(pk=sequence.pk).update(**values, changed_at=now)
        replanning.ask(sequence)
    return True
