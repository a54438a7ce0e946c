"""Which rules fit, in their order (SPEC M25)."""

from dataclasses import replace
from uuid import UUID, uuid4

from mailboxes.models import RoutingRule
from mailboxes.routing.actions import Action, Deed
from mailboxes.routing.conditions import Condition
from mailboxes.routing.deciding import Rule, decide
from tests.mailboxes.routing.rules import condition
from tests.mailboxes.routing.test_conditions import FACTS

HOLDS = condition("subject", "contains", "refund")
HOLDS_NOT = condition("subject", "contains", "invoice")


def _rule(*conditions: dict[str, str], actions: tuple[Action, ...] = (), **fields: object) -> Rule:
    rule = Rule(
        id=uuid4(),
        name="A rule",
        needs_every_condition=True,
        conditions=tuple(Condition.of(one) for one in conditions),
        actions=actions,
        is_last=False,
    )
    return replace(rule, **fields)  # type: ignore[arg-type]


def _fitting(*rules: Rule) -> list[bool]:
    return [one.fits for one in decide(rules, FACTS)]


def test_every_condition_must_hold_or_one_of_them() -> None:
    assert _fitting(
        _rule(HOLDS, HOLDS),
        _rule(HOLDS, HOLDS_NOT),
        _rule(HOLDS, HOLDS_NOT, needs_every_condition=False),
        _rule(HOLDS_NOT, needs_every_condition=False),
    ) == [True, False, True, False]


def test_a_rule_without_conditions_fits_nothing() -> None:
    assert _fitting(_rule(), _rule(needs_every_condition=False)) == [False, False]


def test_behind_the_last_rule_nothing_fits() -> None:
    last = _rule(HOLDS, is_last=True, name="The last")

    verdicts = decide([_rule(HOLDS), last, _rule(HOLDS)], FACTS)

    assert [one.fits for one in verdicts] == [True, True, False]
    assert verdicts[2].stopped_by == "The last"


def test_a_last_rule_that_does_not_fit_or_is_off_stops_nothing() -> None:
    assert _fitting(_rule(HOLDS_NOT, is_last=True), _rule(HOLDS, is_last=True, is_active=False), _rule(HOLDS)) == [
        False,
        True,
        True,
    ]


def test_a_rule_sees_what_the_rules_before_it_set() -> None:
    sets = _rule(HOLDS, actions=(Action(Deed.TOPIC, "t9"), Action(Deed.PRIORITY, "2"), Action(Deed.ASSIGN, "p1")))
    sees = _rule(condition("topic", "is", "t9"), condition("priority", "is", "2"), condition("assignee", "is", "yes"))

    assert _fitting(sees, sets, sees) == [False, True, True]


def test_what_a_rule_that_is_off_would_set_nobody_sees() -> None:
    sets = _rule(HOLDS, actions=(Action(Deed.TOPIC, "t9"),), is_active=False)

    assert _fitting(sets, _rule(condition("topic", "is", "t9"))) == [True, False]


def test_a_row_that_nobody_can_read_is_a_rule_that_fits_nothing() -> None:
    row = RoutingRule(id=UUID(int=1), name="Old", conditions=[{"field": "moon"}], actions=[])

    rule = Rule.of(row)

    assert not rule.is_readable
    assert _fitting(rule) == [False]
