"""When an account is written to, and when less of it goes on: decided from days alone."""

from datetime import date, timedelta

import pytest

from billing.dunning.stages import Terms, letter_due, letters_of, standing_of, standing_while_paying, worst
from mailhub.tenancy.standing import Standing

DUE = date(2026, 3, 1)
TERMS = Terms(reminder_days=(3, 10), sequences_stop_days=21, read_only_days=35)


def day(late: int) -> date:
    return DUE + timedelta(days=late)


def kind_on(late: int, *written: str, terms: Terms = TERMS, is_paying: bool = False) -> str | None:
    letter = letter_due(DUE, today=day(late), terms=terms, written=written, is_paying=is_paying)
    return letter.kind if letter is not None else None


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-5, Standing.GOOD),
        (0, Standing.GOOD),
        (1, Standing.OVERDUE),
        (20, Standing.OVERDUE),
        (21, Standing.SEQUENCES_STOPPED),
        (34, Standing.SEQUENCES_STOPPED),
        (35, Standing.READ_ONLY),
        (400, Standing.READ_ONLY),
    ],
)
def test_the_standing_follows_the_days_behind_the_due_date(late: int, expected: Standing) -> None:
    assert standing_of(DUE, today=day(late), terms=TERMS) == expected


def test_the_worst_invoice_counts_and_no_invoice_is_good() -> None:
    assert worst([Standing.OVERDUE, Standing.READ_ONLY, Standing.GOOD]) == Standing.READ_ONLY
    assert worst([]) == Standing.GOOD


def test_letters_come_in_the_order_of_their_days_with_a_warning_before_each_step() -> None:
    assert [(one.day, one.kind) for one in letters_of(TERMS)] == [
        (3, "reminder-1"),
        (10, "reminder-2"),
        (16, "before-sequences-stop"),
        (21, "sequences-stop"),
        (30, "before-read-only"),
        (35, "read-only"),
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms((), 3, 4), ["before-sequences-stop", "before-read-only", "sequences-stop", "read-only"]),
        (Terms((), 1, 40), ["sequences-stop", "before-read-only", "read-only"]),
        # Read-only covers what stops with it or behind it.
        (Terms((), 35, 35), ["before-read-only", "read-only"]),
        (Terms((), 40, 35), ["before-read-only", "read-only"]),
        (Terms((0, 5), 0, 0), ["read-only", "reminder-2"]),
    ],
)
def test_letters_that_nobody_needs_are_left_out(terms: Terms, expected: list[str]) -> None:
    assert [one.kind for one in letters_of(terms)] == expected


@pytest.mark.parametrize(
    ("late", "written", "expected"),
    [
        (0, (), None),
        (2, (), None),
        (3, (), "reminder-1"),
        (3, ("reminder-1",), None),
        (9, ("reminder-1",), None),
        (10, ("reminder-1",), "reminder-2"),
        (16, ("reminder-1", "reminder-2"), "before-sequences-stop"),
        (21, ("before-sequences-stop",), "sequences-stop"),
        (30, ("sequences-stop",), "before-read-only"),
        (35, ("before-read-only",), "read-only"),
        (500, ("read-only",), None),
    ],
)
def test_each_letter_is_due_once_on_its_day(late: int, written: tuple[str, ...], expected: str | None) -> None:
    assert kind_on(late, *written) == expected


@pytest.mark.parametrize(("late", "expected"), [(12, "reminder-2"), (18, "before-sequences-stop"), (60, "read-only")])
def test_after_days_on_which_nothing_ran_the_newest_letter_is_the_only_one(late: int, expected: str) -> None:
    first = kind_on(late)

    assert first == expected
    assert kind_on(late, expected) is None


def test_a_warning_is_not_written_any_more_once_the_step_is_there() -> None:
    assert kind_on(21, "reminder-2") == "sequences-stop"


def test_an_earlier_letter_never_follows_a_later_one_although_the_terms_changed() -> None:
    longer = Terms((3, 10, 25), sequences_stop_days=40, read_only_days=60)

    assert kind_on(26, "sequences-stop", terms=longer) is None


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (3, None),
        (5, None),
        (6, "reminder-1"),
        (18, "reminder-2"),
        (19, "before-sequences-stop"),
        (24, "sequences-stop"),
    ],
)
def test_a_payment_under_way_holds_a_letter_back_for_three_days_at_most(late: int, expected: str | None) -> None:
    written = {"before-sequences-stop": ("reminder-2",), "sequences-stop": ("before-sequences-stop",)}

    assert kind_on(late, *written.get(expected or "", ()), is_paying=True) == expected


def test_a_warning_that_was_held_back_until_its_step_is_left_out() -> None:
    short = Terms((), sequences_stop_days=3, read_only_days=40)

    assert kind_on(4, terms=short, is_paying=True) is None
    assert kind_on(6, terms=short, is_paying=True) == "sequences-stop"


@pytest.mark.parametrize(
    ("late", "current", "expected"),
    [
        (21, Standing.OVERDUE, Standing.OVERDUE),
        (23, Standing.OVERDUE, Standing.OVERDUE),
        (24, Standing.OVERDUE, Standing.SEQUENCES_STOPPED),
        # What stands still already does not go on because somebody tries to pay: it does when the money is here.
        (22, Standing.SEQUENCES_STOPPED, Standing.SEQUENCES_STOPPED),
        (37, Standing.SEQUENCES_STOPPED, Standing.SEQUENCES_STOPPED),
        (38, Standing.SEQUENCES_STOPPED, Standing.READ_ONLY),
        (10, Standing.READ_ONLY, Standing.OVERDUE),
    ],
)
def test_while_a_payment_is_under_way_nothing_more_is_taken_away_for_three_days(
    late: int, current: Standing, expected: Standing
) -> None:
    assert standing_while_paying(DUE, today=day(late), terms=TERMS, current=current) == expected
