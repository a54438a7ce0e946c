"""The form of a routing rule: rows of conditions and actions that are added and taken away (SPEC M25).

It works without a script: "Add" and "Remove" are submit buttons that bring the form back with other rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from mailboxes.forms.routing_rows import ActionForm, ConditionForm, action_choices
from mailboxes.models import RoutingRule
from mailboxes.routing.actions import Action, Deed
from mailboxes.routing.conditions import Condition, Field
from mailboxes.routing.deciding import Rule
from mailboxes.routing.hours import Hours
from mailboxes.routing.options import Options
from mailhub.lib import times
from mailhub.lib.headers import clean_header

MOST_CONDITIONS = 20
MOST_ACTIONS = 10
_Choices = list[tuple[str, str]]


class RuleForm(forms.Form):
    """What a rule has once."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Invoices to the office"}),
    )
    needs_every_condition = forms.TypedChoiceField(
        label="It fits when",
        choices=[("yes", "all conditions hold"), ("no", "at least one condition holds")],
        coerce=lambda value: value == "yes",
        initial="yes",
    )
    is_last = forms.BooleanField(label="No rule behind this one is tried when it fits", required=False)

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        return name


@dataclass
class Row:
    """One row of the form, with what it needs to be taken away again."""

    form: ConditionForm | ActionForm
    remove: str

    def take_focus(self) -> None:
        """Whoever added the row goes on there."""
        first = next(iter(self.form.visible_fields()), None)
        if first is not None:
            first.field.widget.attrs["autofocus"] = True


class RuleBuilder:
    """The whole form of one rule: what was stored, or what was posted."""

    def __init__(self, rule: RoutingRule, options: Options, *, zone: str, data: QueryDict | None = None) -> None:
        self.rule = rule
        self._options, self._zone, self._data = options, zone, data
        # Posted to have other rows, it is not to be judged yet.
        self.is_rebuilt = data is not None and any(name in data for name in _BUTTONS)
        judged = data if data is not None and not self.is_rebuilt else None
        self.form = RuleForm(judged, initial=self._head())
        posted = data is not None
        conditions = _posted_rows(data, "condition", MOST_CONDITIONS) if posted else self._stored_conditions()
        actions = _posted_rows(data, "action", MOST_ACTIONS) if posted else self._stored_actions()
        if self.is_rebuilt:
            assert data is not None
            conditions = _changed(conditions, data, "condition", "field", Field.values, MOST_CONDITIONS)
            actions = _changed(actions, data, "action", "deed", Deed.values, MOST_ACTIONS)
        self.conditions = [Row(self._condition_form(n, row, judged), str(n)) for n, row in conditions.items()]
        self.actions = [Row(self._action_form(n, row, judged), str(n)) for n, row in actions.items()]
        self.errors: list[str] = []
        for name, rows in (("add_condition", self.conditions), ("add_action", self.actions)):
            if self.is_rebuilt and data is not None and name in data and rows:
                rows[-1].take_focus()

    @property
    def fields(self) -> _Choices:
        """What a condition may look at."""
        return list(Field.choices)

    @property
    def deeds(self) -> _Choices:
        """What an action may do; what needs something that the account has none of is not offered."""
        return [(one.value, one.label) for one in Deed if one == Deed.TAG or action_choices(one, self._options)]

    @property
    def zone_names(self) -> tuple[str, ...]:
        return times.zone_names()

    def is_valid(self) -> bool:
        """Whether all of it can be saved; False also where only the rows were changed."""
        if self._data is None or self.is_rebuilt:
            return False
        valid = [one.is_valid() for one in (self.form, *(row.form for row in (*self.conditions, *self.actions)))]
        if not self.conditions:
            self.errors.append("Add a condition, or the rule never fits.")
        if not self.actions:
            self.errors.append("Add an action, or the rule does nothing.")
        return all(valid) and not self.errors

    @property
    def found_conditions(self) -> list[Condition]:
        """What the valid form says."""
        return [row.form.condition for row in self.conditions if isinstance(row.form, ConditionForm)]

    @property
    def found_actions(self) -> list[Action]:
        """What the valid form says; the value of a tag is its name."""
        values = [row.form.cleaned_data for row in self.actions]
        return [Action(Deed(one["deed"]), one["value"]) for one in values]

    def _head(self) -> dict[str, Any]:
        if self._data is not None and self.is_rebuilt:
            return {
                "name": self._data.get("name", ""),
                "needs_every_condition": self._data.get("needs_every_condition", "yes"),
                "is_last": "is_last" in self._data,
            }
        return {
            "name": self.rule.name,
            "needs_every_condition": "yes" if self.rule.needs_every_condition else "no",
            "is_last": self.rule.is_last,
        }

    def _stored_conditions(self) -> dict[int, dict[str, Any]]:
        return dict(enumerate(_initial_of(one.stored) for one in Rule.of(self.rule).conditions))

    def _stored_actions(self) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {n: dict(one.stored) for n, one in enumerate(Rule.of(self.rule).actions)}
        for row in found.values():
            if row.get("deed") == Deed.TAG:
                tag = self._options.tags.get(str(row["value"]))
                row["value"] = tag.name if tag is not None else ""
            elif row.get("deed") == Deed.BALANCE:
                row["value"] = str(row["value"]).split()
        return found

    def _condition_form(self, number: int, row: dict[str, Any], judged: QueryDict | None) -> ConditionForm:
        return ConditionForm(
            Field(row["field"]), self._options, judged, initial=row, prefix=f"condition-{number}", zone=self._zone
        )

    def _action_form(self, number: int, row: dict[str, Any], judged: QueryDict | None) -> ActionForm:
        return ActionForm(Deed(row["deed"]), self._options, judged, initial=row, prefix=f"action-{number}")


def _posted_rows(data: QueryDict | None, kind: str, most: int) -> dict[int, dict[str, Any]]:
    """Return the rows that were posted, by their numbers; a row of a kind that is none is left out."""
    known, name = (Field.values, "field") if kind == "condition" else (Deed.values, "deed")
    found: dict[int, dict[str, Any]] = {}
    for number in range(2 * most):
        prefix = f"{kind}-{number}-"
        if data is None or data.get(f"{prefix}{name}") not in known:
            continue
        row: dict[str, Any] = {key.removeprefix(prefix): data[key] for key in data if key.startswith(prefix)}
        if "days" in row:
            row["days"] = data.getlist(f"{prefix}days")
        if row.get("deed") == Deed.BALANCE:
            row["value"] = data.getlist(f"{prefix}value")
        found[number] = row
    return dict(list(found.items())[:most])


def _changed(
    rows: dict[int, dict[str, Any]], data: QueryDict, kind: str, name: str, known: list[str], most: int
) -> dict[int, dict[str, Any]]:
    """Return the rows without the one whose button was pressed, and with the one that was asked for."""
    removed = data.get(f"remove_{kind}", "")
    kept = {number: row for number, row in rows.items() if str(number) != removed}
    wanted = data.get(f"new_{kind}", "")
    free = next((number for number in range(2 * most) if number > max(rows, default=-1)), None)
    if free is None:
        kept = dict(enumerate(kept.values()))
        free = len(kept)
    if f"add_{kind}" in data and wanted in known and len(kept) < most:
        kept[free] = {name: wanted}
    return kept


def _initial_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(stored)
    if row.get("field") == Field.HOURS:
        hours = Hours.parse(str(row["value"]))
        row |= {"days": [str(day) for day in hours.days], "begins": hours.begins, "ends": hours.ends}
        row["zone"] = hours.zone
    return row


_BUTTONS = ("add_condition", "add_action", "remove_condition", "remove_action")
