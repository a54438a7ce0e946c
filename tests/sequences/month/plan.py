"""What a simulated month is made of, in words of its own: neither the engine's rows nor its code.

The world is built from it, and the oracle judges by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path


@dataclass(frozen=True)
class Limit:
    """None is no limit. A ramp-up begins with `ramp_from` on its first day, and each day `ramp_by` more may leave."""

    per_minute: int | None = None
    per_day: int | None = None
    ramp_starts_on: date | None = None
    ramp_from: int = 0
    ramp_by: int = 0


@dataclass(frozen=True)
class Way:
    """An outgoing server: who signs in, and the address that it writes from, one for each mailbox."""

    name: str
    sign_in: str
    sender: str
    # None where nobody set a limit.
    limit: Limit | None = None


@dataclass(frozen=True)
class Stage:
    """A step: so many hours, days or sending days after the one before. An empty subject stays in the thread."""

    delay: int
    unit: str
    subject: str = ""


@dataclass(frozen=True)
class Series:
    """A sequence."""

    name: str
    way: str
    stages: tuple[Stage, ...]
    # For each day from Monday its hours, such as ("09:00", "17:00").
    week: tuple[tuple[tuple[str, str], ...], ...]
    is_on_contact_clock: bool
    skipped: frozenset[date] = frozenset()
    new_per_day: int | None = None


@dataclass(frozen=True)
class Person:
    """Somebody who is written to. What is to happen to them stands in `fate`."""

    address: str
    series: str
    way: str
    # "" where nobody knows.
    zone: str
    added_at: datetime
    fate: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True)
class Plan:
    """An account and its month."""

    begins_at: datetime
    ends_at: datetime
    zone: str
    ways: tuple[Way, ...]
    series: tuple[Series, ...]
    people: tuple[Person, ...]
    # By the address that is written from.
    mailbox_limits: Mapping[str, Limit] = field(default_factory=dict)
    skipped: frozenset[date] = frozenset()
    per_day: int | None = None
    domain_per_day: int | None = None
    # What holds for a sign-in of whose servers none has a limit.
    default_limit: Limit = Limit(per_minute=10, per_day=200)


@dataclass(frozen=True)
class Attempt:
    """One recipient of one mail, as the sink saw it; `at` is the simulated time in UTC."""

    at: datetime
    sign_in: str
    sender: str
    recipient: str
    # Series and number of the step, which each text carries, such as "A/2"; empty where no text came.
    mark: str
    reply_code: int

    @property
    def is_taken(self) -> bool:
        return self.reply_code == 250


@dataclass(frozen=True)
class Ban:
    """From a moment on nobody may write to an address: for ever, or until a moment."""

    address: str
    why: str
    since: datetime
    until: datetime | None = None


def written(attempt: Attempt) -> str:
    """Return the line of the sink's log for this."""
    return json.dumps({**asdict(attempt), "at": attempt.at.isoformat()})


def attempts_in(log: Path) -> list[Attempt]:
    """Read what the sink wrote."""
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [Attempt(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]


def by_name(listed: Sequence[Way | Series]) -> Mapping[str, Way | Series]:
    """Return them by name."""
    return {one.name: one for one in listed}
