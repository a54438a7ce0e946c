"""The form of how long an answer of a mailbox may take (SPEC Q5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from mailboxes.models import ResponseTarget
from mailboxes.queue.working_hours import minutes_of
from mailboxes.routing.hours import DAYS
from mailhub.lib import times
from mailhub.lib.time_zone_field import TimeZoneField

_MOST_HOURS = 999
_MOST_HOLIDAYS = 400
_END_OF_DAY = "24:00"
# What a mailbox without a target is offered.
_USUAL_WEEK = [[["09:00", "17:00"]]] * 5 + [[], []]
_PARTS = ("from", "to", "from_again", "to_again")


@dataclass(frozen=True)
class DayRow:
    """One day of the week, with its one or two stretches of work."""

    name: str
    fields: list[BoundField]
    errors: list[str]


class ResponseTargetForm(forms.Form):
    """Whether there is a target, how long an answer may take, and when people work."""

    is_active = forms.BooleanField(label="Watch how long answers take", required=False)
    hours = forms.IntegerField(label="Hours", min_value=0, max_value=_MOST_HOURS)
    minutes = forms.IntegerField(label="Minutes", min_value=0, max_value=59)
    time_zone = TimeZoneField(label="Time zone", help_text="The hours are those of a clock there.", max_length=64)
    holidays = forms.CharField(
        label="Days off",
        required=False,
        max_length=12 * _MOST_HOLIDAYS,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "placeholder": "2026-12-25, 2026-12-26"}),
        help_text="Year, month and day, such as 2026-12-25, apart by commas or lines.",
    )

    def __init__(self, target: ResponseTarget, data: QueryDict | None = None, *, zone: str) -> None:
        self.target = target
        is_new = target._state.adding
        hours, minutes = divmod(target.minutes, 60)
        week = _USUAL_WEEK if is_new else target.week
        super().__init__(
            data,
            initial={
                "is_active": target.is_active,
                "hours": hours,
                "minutes": minutes,
                "time_zone": zone if is_new else target.time_zone,
                "holidays": ", ".join(target.holidays),
                **_initial_week(week),
            },
        )
        for day, name in enumerate(DAYS):
            for part in _PARTS:
                self.fields[_field(day, part)] = forms.TimeField(
                    label=f"{name}, {_WORDS[part]}",
                    required=False,
                    widget=forms.TimeInput({"type": "time", "class": "form-control"}, "%H:%M"),
                )

    @property
    def days(self) -> Iterator[DayRow]:
        """What the table of the week shows."""
        for day, name in enumerate(DAYS):
            fields = [self[_field(day, part)] for part in _PARTS]
            yield DayRow(name, fields, [str(error) for one in fields for error in one.errors])

    @property
    def zone_names(self) -> tuple[str, ...]:
        return times.zone_names()

    def clean_holidays(self) -> list[str]:
        words = [one for one in re.split(r"[\s,;]+", self.cleaned_data["holidays"]) if one]
        if len(words) > _MOST_HOLIDAYS:
            raise forms.ValidationError(f"{_MOST_HOLIDAYS} days off are the most.")
        return sorted({_day(one).isoformat() for one in words})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["week"] = [self._stretches(day) for day in range(len(DAYS))]
        if values.get("hours") == 0 and values.get("minutes") == 0:
            self.add_error("minutes", "An answer takes a minute at least.")
        if values.get("is_active") and not any(values["week"]) and not self.errors:
            self.add_error(None, "Say when people work: on no day at all nothing would ever be due.")
        return values

    def save(self) -> ResponseTarget:
        """Write the target of the mailbox."""
        chosen = self.cleaned_data
        target, _is_new = ResponseTarget.objects.update_or_create(
            tenant_id=self.target.tenant_id,
            mailbox=self.target.mailbox,
            defaults={
                "is_active": chosen["is_active"],
                "minutes": chosen["hours"] * 60 + chosen["minutes"],
                "time_zone": chosen["time_zone"],
                "week": chosen["week"],
                "holidays": chosen["holidays"],
            },
        )
        saved: ResponseTarget = target
        return saved

    def _stretches(self, day: int) -> list[list[str]]:
        found: list[list[str]] = []
        for begins, ends in (("from", "to"), ("from_again", "to_again")):
            opens, closes = (self.cleaned_data.get(_field(day, part)) for part in (begins, ends))
            if opens is None and closes is None:
                continue
            if opens is None or closes is None:
                self.add_error(_field(day, begins), "Say from when and until when.")
                continue
            # Midnight as an end is that of the next day.
            stretch = [f"{opens:%H:%M}", f"{closes:%H:%M}" if closes != time.min else _END_OF_DAY]
            if minutes_of(stretch[0]) >= minutes_of(stretch[1]):
                self.add_error(_field(day, begins), "It ends before it begins.")
            elif found and minutes_of(stretch[0]) < minutes_of(found[-1][1]):
                self.add_error(_field(day, begins), "It begins before the first ends.")
            else:
                found.append(stretch)
        return found


def _field(day: int, part: str) -> str:
    return f"day{day}_{part}"


def _initial_week(week: list[list[list[str]]]) -> dict[str, str]:
    found = {}
    for day, stretches in enumerate(week):
        clocks = [clock for stretch in stretches[:2] for clock in stretch]
        for part, clock in zip(_PARTS, clocks, strict=False):
            found[_field(day, part)] = "00:00" if clock == _END_OF_DAY else clock
    return found


def _day(word: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", word, re.ASCII):
            raise ValueError(word)
        return date.fromisoformat(word)
    except ValueError as error:
        raise forms.ValidationError(f"“{word[:20]}” is no day: write it as 2026-12-25.") from error


_WORDS = {"from": "from", "to": "until", "from_again": "again from", "to_again": "again until"}
