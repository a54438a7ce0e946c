"""The oracle complains about each kind of broken month, and about nothing in a good one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sequences.month.oracle import Oracle
from tests.sequences.month.plan import Attempt, Ban, Limit, Person, Plan, Series, Stage, Way

MONDAY = datetime(2027, 3, 15, tzinfo=UTC)
_WEEK = (*((("09:00", "17:00"),) for _day in range(5)), (), ())
ADA, BOB, CEM = (f"{name}@customer.example" for name in ("ada", "bob", "cem"))


def _plan() -> Plan:
    stages = (Stage(0, "days"), Stage(2, "days"), Stage(1, "sending_days"))
    return Plan(
        begins_at=MONDAY,
        ends_at=MONDAY + timedelta(days=14),
        zone="Europe/Berlin",
        ways=(Way("one", "user", "sales@acme.example", Limit(per_minute=2, per_day=3)),),
        series=(Series("A", "one", stages, _WEEK, is_on_contact_clock=True, new_per_day=3),),
        people=tuple(Person(one, "A", "one", "", MONDAY) for one in (ADA, BOB, CEM)),
        skipped=frozenset({date(2027, 3, 18)}),
        mailbox_limits={"sales@acme.example": Limit(per_day=3)},
        per_day=3,
        domain_per_day=3,
    )


def _at(day: int, clock: str) -> datetime:
    """Return a moment on the clocks of Berlin, in winter time; day 1 is the Monday."""
    hours, minutes = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day - 1, hours=hours - 1, minutes=minutes)


def _taken(at: datetime, recipient: str, number: int) -> Attempt:
    return Attempt(at, "user", "sales@acme.example", recipient, f"A/{number}", 250)


GOOD = [
    *(_taken(_at(1, clock), one, 1) for one, clock in ((ADA, "9:00"), (BOB, "9:00"), (CEM, "9:01"))),
    *(_taken(_at(3, clock), one, 2) for one, clock in ((ADA, "9:00"), (BOB, "16:59"), (CEM, "9:01"))),
    # Thursday is skipped.
    *(_taken(_at(5, clock), one, 3) for one, clock in ((ADA, "9:00"), (BOB, "16:59"), (CEM, "9:02"))),
]


def _kinds(log: list[Attempt], *bans: Ban, plan: Plan | None = None) -> set[str]:
    return {one.partition(":")[0] for one in Oracle(plan or _plan(), bans).complaints(log)}


def _with(position: int, **changes: object) -> list[Attempt]:
    return [*GOOD[:position], replace(GOOD[position], **changes), *GOOD[position + 1 :]]  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_good_month() -> None:
    assert Oracle(_plan(), []).complaints(GOOD) == []


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (_with(2, at=_at(1, "9:00")), "minute"),
        ([*GOOD, _taken(_at(5, "12:00"), ADA, 3)], "twice"),
        (_with(0, at=_at(1, "8:59")), "window"),
        (_with(0, at=_at(1, "17:00")), "window"),
        (_with(6, at=_at(6, "10:00")), "window"),
        (_with(6, at=_at(4, "10:00")), "window"),
        # A try that was put off is one as well.
        ([*GOOD, replace(_taken(_at(5, "18:00"), ADA, 3), reply_code=451)], "window"),
        (GOOD[:-1], "missing"),
        (GOOD[1:], "order"),
        (_with(3, at=_at(2, "16:00")), "delay"),
        (_with(6, at=_at(3, "9:30")), "delay"),
        (_with(7, at=_at(5, "16:58")), "delay"),
        (_with(0, sign_in="other"), "way"),
        (_with(0, sender="other@acme.example"), "way"),
        (_with(0, recipient="stranger@elsewhere.example"), "unknown"),
        ([*GOOD[:2], replace(GOOD[2], reply_code=550), *GOOD[2:]], "stop"),
    ],
)
def test_broken_month_is_complained_about(log: list[Attempt], kind: str) -> None:
    assert kind in _kinds(log)


@pytest.mark.parametrize(
    "plan",
    [
        replace(_plan(), per_day=2),
        replace(_plan(), domain_per_day=2),
        replace(_plan(), mailbox_limits={"sales@acme.example": Limit(per_day=2)}),
        replace(_plan(), mailbox_limits={"sales@acme.example": Limit(per_minute=1)}),
        replace(_plan(), ways=(replace(_plan().ways[0], limit=Limit(per_day=2)),)),
        replace(_plan(), ways=(replace(_plan().ways[0], limit=None),), default_limit=Limit(per_day=2)),
        # Two servers with one sign-in share the lower limit.
        replace(_plan(), ways=(_plan().ways[0], Way("two", "user", "sales@acme.example", Limit(per_minute=1)))),
        replace(_plan(), series=(replace(_plan().series[0], new_per_day=2),)),
        replace(
            _plan(),
            ways=(replace(_plan().ways[0], limit=Limit(None, 3, ramp_starts_on=date(2027, 3, 15), ramp_from=2)),),
        ),
    ],
)
def test_one_mail_above_any_limit_is_complained_about(plan: Plan) -> None:
    assert _kinds(GOOD, plan=plan) & {"day", "minute"}


def test_ramp_up_lets_more_leave_each_day() -> None:
    ramp = Limit(per_day=3, ramp_starts_on=date(2027, 3, 14), ramp_from=2, ramp_by=1)
    plan = replace(_plan(), ways=(replace(_plan().ways[0], limit=ramp),))

    assert _kinds(GOOD, plan=plan) == set()


def test_mail_after_a_stop_is_complained_about_and_a_stop_excuses_what_is_missing() -> None:
    stopped = Ban(CEM, "replied", _at(4, "9:00"))

    assert _kinds(GOOD, stopped) == {"stop"}
    assert _kinds(GOOD[:-1], stopped) == set()


def test_mail_during_a_pause_is_complained_about_and_a_pause_excuses_nothing() -> None:
    away = Ban(CEM, "was out of office", _at(3, "9:00"), _at(4, "9:00"))

    assert _kinds(GOOD, away) == {"stop"}
    assert _kinds(GOOD[:-1], replace(away, since=_at(3, "10:00"))) == {"missing"}


def test_hours_are_read_from_the_clock_of_the_contact() -> None:
    people = tuple(replace(one, zone="Asia/Tokyo") for one in _plan().people)

    assert "window" in _kinds(GOOD, plan=replace(_plan(), people=people))


def test_clock_that_was_set_forward_moves_the_hours() -> None:
    """On 29 March Berlin has summer time: nine o'clock is at seven in UTC."""
    plan = replace(_plan(), people=_plan().people[:1], series=(replace(_plan().series[0], stages=(Stage(0, "days"),)),))
    monday = datetime(2027, 3, 29, tzinfo=UTC)

    assert _kinds([_taken(monday + timedelta(hours=7), ADA, 1)], plan=plan) == set()
    assert _kinds([_taken(monday + timedelta(hours=15), ADA, 1)], plan=plan) == {"window"}
