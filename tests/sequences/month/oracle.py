"""Says what is wrong with a month, from the plan and the log of the sink alone.

It shares no line with the engine: what a limit, a window or a delay is, is written here once more and in another way.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.sequences.month.plan import Attempt, Ban, Limit, Person, Plan, Series, Stage, Way

_DAY = timedelta(days=1)


class Oracle:
    """Judges a log by a plan, and by the bans of which the world says when they began."""

    def __init__(self, plan: Plan, bans: Iterable[Ban]) -> None:
        self._plan = plan
        self._zone = ZoneInfo(plan.zone)
        self._people = {one.address: one for one in plan.people}
        self._series = {one.name: one for one in plan.series}
        self._ways = {one.name: one for one in plan.ways}
        self._bans: defaultdict[str, list[Ban]] = defaultdict(list)
        for ban in bans:
            self._bans[ban.address].append(ban)

    def complaints(self, log: Sequence[Attempt]) -> list[str]:
        """Return everything that is wrong, in words that begin with the kind; empty for a good month."""
        unknown = [f"unknown: {one.recipient} is nobody of the plan" for one in log if self._of(one) is None]
        known = [one for one in log if self._of(one) is not None]
        taken = [one for one in known if one.is_taken]
        return [
            *unknown,
            *self._outside_hours(known),
            *self._against_bans(known),
            *self._wrong_ways(known),
            *self._over_limits(taken),
            *self._ways_through(taken),
        ]

    def _of(self, attempt: Attempt) -> Person | None:
        return self._people.get(attempt.recipient)

    def _outside_hours(self, log: Iterable[Attempt]) -> Iterator[str]:
        """Also a try that the server put off is one."""
        for one in log:
            person = self._people[one.recipient]
            series = self._series[person.series]
            shown = one.at.astimezone(self._clock_of(person))
            if shown.date() in self._plan.skipped | series.skipped:
                yield f"window: {one.recipient} was written to on {shown}, which is skipped"
            elif not _is_open(series, shown):
                yield f"window: {one.recipient} was written to at {shown}, {shown:%A}"

    def _clock_of(self, person: Person) -> ZoneInfo:
        is_own = self._series[person.series].is_on_contact_clock and person.zone
        return ZoneInfo(person.zone) if is_own else self._zone

    def _against_bans(self, log: Iterable[Attempt]) -> Iterator[str]:
        refused: dict[str, datetime] = {}
        for one in log:
            for ban in self._bans[one.recipient]:
                if one.at >= ban.since and (ban.until is None or one.at < ban.until):
                    yield f"stop: {one.recipient} was written to at {one.at}, but {ban.why} at {ban.since}"
            if one.recipient in refused:
                yield f"stop: {one.recipient} was written to at {one.at}, but refused at {refused[one.recipient]}"
            if one.reply_code >= 500:
                refused[one.recipient] = one.at

    def _wrong_ways(self, log: Iterable[Attempt]) -> Iterator[str]:
        for one in log:
            way = self._ways[self._people[one.recipient].way]
            if (one.sign_in, one.sender) != (way.sign_in, way.sender):
                yield f"way: {one.recipient} was written to from {one.sender} by {one.sign_in}, not through {way.name}"

    def _over_limits(self, taken: Sequence[Attempt]) -> Iterator[str]:
        limits = {sign_in: self._limits_of(sign_in) for sign_in in {one.sign_in for one in taken}}
        minutes: Counter[tuple[str, str, datetime]] = Counter()
        days: Counter[tuple[str, str, date]] = Counter()
        for one in taken:
            minute = one.at.astimezone(UTC).replace(second=0, microsecond=0)
            on = one.at.astimezone(self._zone).date()
            for kind, name in (("sign-in", one.sign_in), ("mailbox", one.sender)):
                minutes[kind, name, minute] += 1
                days[kind, name, on] += 1
            days["domain", one.recipient.rpartition("@")[2], on] += 1
            days["account", "", on] += 1
            if one.mark.endswith("/1"):
                days["new contacts", one.mark.partition("/")[0], on] += 1
        for (kind, name, minute), count in minutes.items():
            found = limits[name] if kind == "sign-in" else [self._plan.mailbox_limits.get(name, Limit())]
            yield from _above(count, [one.per_minute for one in found], f"minute: {kind} {name} at {minute}")
        for (kind, name, on), count in days.items():
            yield from _above(count, self._most_on(kind, name, on, limits), f"day: {kind} {name} on {on}")

    def _limits_of(self, sign_in: str) -> list[Limit]:
        """Return what the servers with a sign-in have; the lowest holds."""
        sharing: list[Way] = [one for one in self._plan.ways if one.sign_in == sign_in]
        return [one.limit for one in sharing if one.limit is not None] or [self._plan.default_limit]

    def _most_on(self, kind: str, name: str, on: date, limits: dict[str, list[Limit]]) -> list[int | None]:
        if kind == "sign-in":
            return [_ramped(one, on) for one in limits[name]]
        if kind == "mailbox":
            return [_ramped(self._plan.mailbox_limits.get(name, Limit()), on)]
        if kind == "new contacts":
            return [self._series[name].new_per_day]
        return [self._plan.domain_per_day if kind == "domain" else self._plan.per_day]

    def _ways_through(self, taken: Sequence[Attempt]) -> Iterator[str]:
        """Each step once, in order, not too early, and none left out without a reason."""
        got: defaultdict[str, list[Attempt]] = defaultdict(list)
        for one in taken:
            got[one.recipient].append(one)
        excused = set(self._bans)
        for person in self._plan.people:
            yield from self._way_through(person, got[person.address], is_excused=self._is_excused(person, excused))

    def _is_excused(self, person: Person, banned: set[str]) -> bool:
        """Whether somebody's way may end early; who was away for a while is to get all of it."""
        is_stopped = person.address in banned and any(one.until is None for one in self._bans[person.address])
        return is_stopped or person.fate == "refused"

    def _way_through(self, person: Person, got: Sequence[Attempt], *, is_excused: bool) -> Iterator[str]:
        series = self._series[person.series]
        marks = [one.mark for one in got]
        wanted = [f"{series.name}/{number}" for number in range(1, len(series.stages) + 1)]
        for mark, count in Counter(marks).items():
            if count > 1:
                yield f"twice: {person.address} got {mark} {count} times"
        if marks != wanted[: len(marks)]:
            yield f"order: {person.address} got {', '.join(marks)}"
            return
        if len(marks) < len(wanted) and not is_excused:
            yield f"missing: {person.address} got {len(marks)} of {len(wanted)} steps of {series.name}"
        before = person.added_at
        for stage, one in zip(series.stages, got, strict=False):
            if not self._is_over(stage, before, one.at, person):
                yield f"delay: {person.address} got {one.mark} at {one.at}, {stage.delay} {stage.unit} after {before}"
            before = one.at

    def _is_over(self, stage: Stage, before: datetime, at: datetime, person: Person) -> bool:
        if stage.unit == "hours":
            return at - before >= timedelta(hours=stage.delay)
        clock = self._clock_of(person)
        # What clocks show: a day is one of the calendar, however long it was.
        then, shown = (one.astimezone(clock).replace(tzinfo=None) for one in (before, at))
        if stage.unit == "days":
            return shown >= then + stage.delay * _DAY
        passed = self._sending_days(then.date(), shown.date(), self._series[person.series])
        return passed > stage.delay or (passed == stage.delay and shown.time() >= then.time())

    def _sending_days(self, after: date, until: date, series: Series) -> int:
        days = ((after + number * _DAY) for number in range(1, (until - after).days + 1))
        skipped = self._plan.skipped | series.skipped
        return sum(1 for one in days if series.week[one.weekday()] and one not in skipped)


def _is_open(series: Series, shown: datetime) -> bool:
    clock = shown.time()
    return any(_time(opens) <= clock < _time(closes) for opens, closes in series.week[shown.weekday()])


def _time(written: str) -> time:
    return time.max if written == "24:00" else time.fromisoformat(written)


def _ramped(limit: Limit, on: date) -> int | None:
    if limit.ramp_starts_on is None:
        return limit.per_day
    ramped = limit.ramp_from + limit.ramp_by * max(0, (on - limit.ramp_starts_on).days)
    return ramped if limit.per_day is None or ramped < limit.per_day else limit.per_day


def _above(count: int, limits: Iterable[int | None], words: str) -> Iterator[str]:
    for most in limits:
        if most is not None and count > most:
            yield f"{words}: {count} left, {most} may"
            return
