"""Rows of the form of a routing rule: one condition, one action (SPEC M25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from mailboxes import templating
from mailboxes.addresses import normalise
from mailboxes.classifying import Kind
from mailboxes.models import Conversation, ReplyTemplate
from mailboxes.routing.actions import Deed
from mailboxes.routing.conditions import ANSWER, MAX_VALUE, MISSING, NEW, PRESENT, TESTS, Condition, Field
from mailboxes.routing.hours import DAYS, Hours
from mailboxes.routing.options import Options
from mailhub.lib import times
from mailhub.lib.headers import InvalidHeaderName, clean_header, valid_header_name

_Choices = list[tuple[str, str]]


class ConditionForm(forms.Form):
    """One condition; which fields it has depends on what it looks at."""

    field = forms.ChoiceField(choices=Field.choices, widget=forms.HiddenInput)

    def __init__(self, looks_at: Field, options: Options, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.looks_at = looks_at
        self.title = looks_at.label
        self.initial.setdefault("field", looks_at.value)
        if looks_at == Field.HEADER:
            self.fields["name"] = forms.CharField(label="Header field", max_length=76)
        tests = TESTS[looks_at]
        if len(tests) > 1:
            self.fields["test"] = forms.ChoiceField(
                label=f"How {looks_at.label.lower()} is compared", choices=[(one.value, one.label) for one in tests]
            )
        if looks_at == Field.HOURS:
            self._add_hours(zone)
        else:
            self.fields["value"] = _value_field(looks_at, options)

    def clean_name(self) -> str:
        try:
            return valid_header_name(self.cleaned_data["name"].strip().removesuffix(":"))
        except InvalidHeaderName as error:
            raise forms.ValidationError("A header field has a name such as X-Priority.") from error

    def clean_value(self) -> str:
        value = self.cleaned_data["value"]
        if self.looks_at == Field.SIZE:
            return f"{value:g}"
        if self.looks_at == Field.SENDER_DOMAIN:
            return normalise(str(value).strip().removeprefix("@"))
        return str(value)

    def clean_zone(self) -> str:
        typed = self.cleaned_data["zone"].strip().replace(" ", "_")
        zone = next((name for name in times.zone_names() if name.casefold() == typed.casefold()), None)
        if zone is None:
            raise forms.ValidationError("Choose a time zone from the list, such as Europe/Berlin.")
        return zone

    @property
    def condition(self) -> Condition:
        """What the valid form says."""
        values = self.cleaned_data
        value = values.get("value", "")
        if self.looks_at == Field.HOURS:
            days = tuple(sorted(int(day) for day in values["days"]))
            value = str(Hours(days, values["begins"], values["ends"], values["zone"]))
        test = values.get("test", TESTS[self.looks_at][0].value)
        return Condition.of(
            {"field": self.looks_at.value, "test": test, "value": value, "name": values.get("name", "")}
        )

    def _add_hours(self, zone: str) -> None:
        choices = [(str(number), name[:3]) for number, name in enumerate(DAYS)]
        self.fields["days"] = forms.MultipleChoiceField(
            label="Days", choices=choices, widget=forms.CheckboxSelectMultiple, initial=["0", "1", "2", "3", "4"]
        )
        clock = {"type": "time"}
        self.fields["begins"] = forms.TimeField(label="From", initial="08:00", widget=forms.TimeInput(clock, "%H:%M"))
        self.fields["ends"] = forms.TimeField(label="To", initial="17:00", widget=forms.TimeInput(clock, "%H:%M"))
        places = {"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}
        self.fields["zone"] = forms.CharField(
            label="Time zone", initial=zone, max_length=64, widget=forms.TextInput(attrs=places)
        )


class ActionForm(forms.Form):
    """One action."""

    deed = forms.ChoiceField(choices=Deed.choices, widget=forms.HiddenInput)

    def __init__(self, does: Deed, options: Options, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = does.label
        self.initial.setdefault("deed", does.value)
        self.fields["value"] = forms.ChoiceField(
            label=does.label,
            choices=action_choices(does, options),
            error_messages={"required": _NOTHING_TO_CHOOSE.get(does, "Choose one.")},
        )
        if does == Deed.BALANCE:
            self.fields["value"] = forms.MultipleChoiceField(
                label="Choose from these people; from everyone who may use the mailbox if none is ticked",
                choices=action_choices(does, options),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        if does == Deed.TAG:
            self.fields["value"] = forms.CharField(label=does.label, max_length=40)

    def clean_value(self) -> str:
        value = self.cleaned_data["value"]
        return " ".join(value) if isinstance(value, list) else clean_header(value)


def action_choices(deed: Deed, options: Options) -> _Choices:
    """Return what an action may name; nothing where the account has none of it."""
    return _ACTION_CHOICES[deed](options)


def _value_field(looks_at: Field, options: Options) -> forms.Field:
    label = f"What {looks_at.label.lower()} is compared with"
    if looks_at in _VALUE_CHOICES:
        return forms.ChoiceField(
            label=label, choices=_VALUE_CHOICES[looks_at](options), required=looks_at != Field.TOPIC
        )
    if looks_at == Field.SIZE:
        return forms.FloatField(label="Size in MB", min_value=0, max_value=1000)
    hint = {"autocomplete": "off", "spellcheck": "false", "placeholder": _PLACEHOLDERS.get(looks_at, "")}
    return forms.CharField(label=label, max_length=MAX_VALUE, widget=forms.TextInput(attrs=hint))


def _named(rows: Mapping[str, object]) -> _Choices:
    return [(key, str(row)) for key, row in rows.items()]


def _answering(templates: Mapping[str, ReplyTemplate]) -> _Choices:
    return [(key, str(one)) for key, one in templates.items() if not templating.obstacle_to_automatic_use(one)]


def _people(options: Options) -> _Choices:
    return [(key, str(one.user)) for key, one in options.people.items()]


_PRIORITIES = [(str(one.value), one.label) for one in Conversation.Priority]
_VALUE_CHOICES: Mapping[Field, Callable[[Options], _Choices]] = {
    Field.KIND: lambda _options: list(Kind.choices),
    Field.ATTACHMENT: lambda _options: [(PRESENT, "there is one"), (MISSING, "there is none")],
    Field.CONVERSATION: lambda _options: [(NEW, "a new one"), (ANSWER, "one that is there")],
    Field.TOPIC: lambda options: [("", "no topic"), *_named(options.topics)],
    Field.PRIORITY: lambda _options: _PRIORITIES,
    Field.ASSIGNEE: lambda _options: [(MISSING, "nobody"), (PRESENT, "somebody")],
}
_ACTION_CHOICES: Mapping[Deed, Callable[[Options], _Choices]] = {
    Deed.ASSIGN: _people,
    Deed.BALANCE: _people,
    Deed.TOPIC: lambda options: _named(options.topics),
    Deed.PRIORITY: lambda _options: _PRIORITIES,
    Deed.TAG: lambda options: _named(options.tags),
    Deed.STATUS: lambda _options: list(Conversation.Status.choices),
    Deed.NOTIFY: _people,
    Deed.REPLY: lambda options: _answering(options.templates),
}
_NOTHING_TO_CHOOSE = {Deed.TOPIC: "There is no topic yet: add one in the settings."}
_PLACEHOLDERS = {
    Field.SENDER: "anna@example.com",
    Field.SENDER_DOMAIN: "example.com",
    Field.RECIPIENT: "orders@example.com",
    Field.SUBJECT: "refund, money back",
    Field.TEXT: "refund, money back",
}
