"""Routing rules as the screens show them: in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailboxes.models import RoutingRule
from mailboxes.routing import wording
from mailboxes.routing.actions import Action, Deed
from mailboxes.routing.deciding import Rule
from mailboxes.routing.options import Options
from mailboxes.routing.rehearsing import Rehearsal


@dataclass(frozen=True)
class RuleRow:
    """A rule of the list."""

    rule: RoutingRule
    conditions: list[str]
    actions: list[str]
    is_readable: bool
    is_first: bool
    is_end: bool


@dataclass(frozen=True)
class TrialRow:
    """What became of one rule in a try. `conditions` are words and whether they hold."""

    rule: Rule
    conditions: list[tuple[str, bool]]
    actions: list[str]
    fits: bool
    why_not: str


def rule_rows(rules: list[RoutingRule], options: Options) -> list[RuleRow]:
    return [
        RuleRow(
            rule=row,
            conditions=[wording.condition_words(one, options) for one in rule.conditions],
            actions=[wording.action_words(one, options) for one in rule.actions],
            is_readable=rule.is_readable,
            is_first=number == 0,
            is_end=number == len(rules) - 1,
        )
        for number, (row, rule) in enumerate((row, Rule.of(row)) for row in rules)
    ]


def trial_rows(rehearsal: Rehearsal) -> list[TrialRow]:
    options = rehearsal.options
    return [
        TrialRow(
            rule=one.rule,
            conditions=[(wording.checked_words(checked, options), checked.holds) for checked in one.checked],
            actions=list(_action_words(one.rule.actions, rehearsal)),
            fits=one.fits,
            why_not="" if one.fits else wording.why_not(one, options),
        )
        for one in rehearsal.verdicts
    ]


def _action_words(actions: Iterable[Action], rehearsal: Rehearsal) -> Iterable[str]:
    for action in actions:
        words = wording.action_words(action, rehearsal.options)
        is_held_back = action.deed == Deed.REPLY and rehearsal.no_answer
        yield f"{words} (not sent: {rehearsal.no_answer})" if is_held_back else words
