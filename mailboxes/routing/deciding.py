"""Which rules fit a mail, and why? Pure: the same for mail that comes in and for a try on a message that is here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mailboxes.models import RoutingRule
from mailboxes.routing.actions import Action, after
from mailboxes.routing.conditions import Condition, holds
from mailboxes.routing.facts import Facts


@dataclass(frozen=True)
class Rule:
    """A routing rule as it is decided with. `is_readable` is False when its row holds what nobody knows."""

    id: UUID
    name: str
    needs_every_condition: bool
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    is_last: bool
    is_active: bool = True
    is_readable: bool = True

    @classmethod
    def of(cls, row: RoutingRule) -> Rule:
        """Read the row; a rule that cannot be read fits nothing."""
        try:
            conditions = tuple(Condition.of(one) for one in row.conditions)
            actions = tuple(Action.of(one) for one in row.actions)
        except ValueError:
            conditions, actions, is_readable = (), (), False
        else:
            is_readable = True
        return cls(
            id=row.pk,
            name=row.name,
            needs_every_condition=row.needs_every_condition,
            conditions=conditions,
            actions=actions,
            is_last=row.is_last,
            is_active=row.is_active,
            is_readable=is_readable,
        )


@dataclass(frozen=True)
class Checked:
    """One condition, and whether it holds."""

    condition: Condition
    holds: bool


@dataclass(frozen=True)
class Verdict:
    """What was found of one rule. `stopped_by` names the rule in front of it that was the last one."""

    rule: Rule
    checked: tuple[Checked, ...]
    fits: bool
    stopped_by: str = ""


def decide(rules: Iterable[Rule], facts: Facts) -> list[Verdict]:
    """Look at every rule in order. What a rule sets, the rules behind it see; a rule that is the last stops them."""
    verdicts: list[Verdict] = []
    stopped_by = ""
    for rule in rules:
        checked = tuple(Checked(one, holds(one, facts)) for one in rule.conditions)
        fits = not stopped_by and _fits(rule, checked)
        verdicts.append(Verdict(rule, checked, fits, stopped_by))
        if fits and rule.is_active:
            for action in rule.actions:
                facts = after(facts, action)
            if rule.is_last:
                stopped_by = rule.name
    return verdicts


def _fits(rule: Rule, checked: Sequence[Checked]) -> bool:
    if not checked:
        return False
    found = [one.holds for one in checked]
    return all(found) if rule.needs_every_condition else any(found)
