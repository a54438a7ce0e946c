"""Months to simulate: a whole one, and a week of it with few people."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.sequences.month.plan import Limit, Person, Plan, Series, Stage, Way

ZONE = "Europe/Berlin"
# Clocks are changed in Berlin on 28 March, in Sydney on 4 April. Easter is skipped.
BEGINS_ON = date(2027, 3, 15)
_EASTER = frozenset({date(2027, 3, 26), date(2027, 3, 29)})
_DAYS, _NIGHT = ("09:00", "17:00"), ("01:30", "04:00")
_OFFICE = (*((_DAYS,) for _day in range(5)), (), ())
_SHOP = (*((("08:00", "12:00"), ("13:00", "18:30")) for _day in range(6)), ())
# On Sundays by night: of these hours the change of the clocks leaves some out, and brings others twice.
_ODD = (*((("10:00", "16:00"),) for _day in range(5)), (), (_NIGHT,))
_ZONES = (ZONE, ZONE, "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Asia/Kolkata", "")
# What happens to how many of a thousand people; refused and bounced ones stay below what pauses a sequence for good.
_FATES = {
    "reply": 50,
    "bounce": 6,
    "refused": 6,
    "away": 40,
    "unsubscribe": 20,
    "by_mail": 10,
    "complaint": 3,
    "person": 20,
    "pause": 20,
    "grey": 40,
}
_BIG = "big.example"


def whole_month(people: int = 5000, days: int = 30) -> Plan:
    """Return thirty days with five outgoing servers and this many people."""
    return _plan(people, BEGINS_ON, days=days, shares=people / 5000)


def short_month(people: int = 30) -> Plan:
    """Return two weeks over Easter and the change of the clocks, with limits that few people reach."""
    return _plan(people, BEGINS_ON + timedelta(days=7), days=16, shares=people / 1800)


def _plan(people: int, begins_on: date, *, days: int, shares: float) -> Plan:
    def some(count: int) -> int:
        return max(2, round(count * shares))

    begins_at = datetime.combine(begins_on, datetime.min.time(), tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    ramp = Limit(per_minute=4, per_day=some(250), ramp_starts_on=begins_on, ramp_from=some(30), ramp_by=some(20))
    ways = (
        Way("one", "one", "sales@acme.example", Limit(per_minute=6, per_day=some(260))),
        Way("two", "shared", "sales@acme.example", Limit(per_minute=8, per_day=some(240))),
        Way("three", "shared", "hello@acme.example", Limit(per_minute=5)),
        Way("four", "four", "hello@acme.example", ramp),
        Way("five", "five", "hello@acme.example"),
    )
    first, bare = Stage(0, "days", "Hello {{ first_name }}"), ""
    series = (
        Series("A", "one", (first, Stage(2, "days"), Stage(3, "sending_days", "Once more")), _OFFICE, True),
        Series("B", "two", (first, Stage(30, "hours", bare)), _SHOP, False, new_per_day=some(150)),
        Series("C", "four", (first, Stage(1, "days")), _ODD, True, frozenset({date(2027, 3, 25)})),
    )
    return Plan(
        begins_at=begins_at,
        ends_at=begins_at + timedelta(days=days),
        zone=ZONE,
        ways=ways,
        series=series,
        people=tuple(_people(people, begins_at, spread_over=days * 0.2)),
        mailbox_limits={"hello@acme.example": Limit(per_minute=9, per_day=some(480))},
        skipped=_EASTER,
        per_day=some(800),
        domain_per_day=some(40),
    )


def _people(count: int, begins_at: datetime, *, spread_over: float) -> Iterator[Person]:
    """People come in six batches; those of a series go through its own server or through another."""
    chance = random.Random(3)
    others = {"A": ("one",) * 13 + ("four",) * 2 + ("five",) * 4, "B": ("two", "three"), "C": ("four", "five", "five")}
    fates = list(_FATES)
    for number in range(count):
        series = chance.choices("ABC", weights=(40, 30, 30))[0]
        drawn = chance.choices([*fates, ""], weights=[*_FATES.values(), 1000 - sum(_FATES.values())])[0]
        # Each is there, however few people there are.
        fate = fates[number] if number < len(fates) else drawn
        domain = _BIG if series == "B" and chance.random() < 0.09 else f"company{number % max(12, count // 25)}.example"
        batch = chance.choice((0, 0, 0, 1, 2, 3))
        yield Person(
            address=f"{fate or 'person'}{number}@{domain}",
            series=series,
            way=chance.choice(others[series]),
            zone=chance.choice(_ZONES),
            added_at=begins_at + timedelta(days=int(batch * spread_over / 3), hours=7 + 3 * batch),
            fate=fate,
        )


def busy_at_closing_time(now: datetime) -> str:
    """For the last minutes of the office hours the server is busy: what it puts off must not leave in the evening."""
    shown = now.astimezone(ZoneInfo(ZONE))
    is_busy = shown.weekday() in (1, 3) and (shown.hour, shown.minute // 30) in ((15, 1), (16, 1))
    return "451 4.3.2 Busy, come back later" if is_busy else ""
