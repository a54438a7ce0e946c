"""The form of when a sequence sends (SPEC S3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.forms import BoundField

from sequences.forms.skip_days import SkipDaysField
from sequences.models import Sequence
from sequences.plots.hours import Piece, pieces_of
from sequences.schedule.keeping import Schedule, ScheduleChanged, save_schedule
from sequences.schedule.reading import NotReadable, written_days
from sequences.schedule.weeks import DAYS, MOST_INTERVALS, WORKING_DAYS, day_of

MOST_NEW = 1_000_000
_LONGEST_CLOCK = 12
_NO_HOURS = "Choose hours on one day at least: without any, nothing ever leaves."
_CHANGED = "Somebody changed the schedule while you were writing. Look at what is there now, and save again."


@dataclass(frozen=True)
class Slot:
    """One interval of a day as it is typed; the spare ones are shown when somebody asks for more."""

    begins: BoundField
    ends: BoundField
    is_spare: bool


@dataclass(frozen=True)
class DayRow:
    """One day of the week."""

    number: int
    name: str
    slots: list[Slot]
    error: str
    pieces: list[Piece]
    is_working_day: bool


class ScheduleForm(forms.Form):
    """Hours of the week, whose clock they are read from, days without any, and how many contacts begin a day."""

    zone = forms.ChoiceField(label="Clock", widget=forms.RadioSelect)
    skip_dates = SkipDaysField(label="Days to skip")
    new_per_day = forms.IntegerField(
        label="New contacts a day",
        required=False,
        min_value=0,
        max_value=MOST_NEW,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "no limit"}),
        help_text="First mails of this sequence a day at most. Empty for as many as the limits allow.",
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        sequence: Sequence,
        data: Mapping[str, Any] | None = None,
        *,
        typed: Mapping[str, str] | None = None,
        zone_name: str,
    ) -> None:
        super().__init__(data, initial={**_initial(sequence), **(typed or {})})
        self.sequence = sequence
        self._errors_of_days: dict[int, str] = {}
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [
            (Sequence.Zone.CONTACT, f"The contact's, where it is known; else {zone_name}"),
            (Sequence.Zone.ACCOUNT, f"The account's: {zone_name}"),
        ]
        for day, name in enumerate(DAYS):
            for number in range(MOST_INTERVALS):
                for part, word in (("from", "from"), ("to", "until")):
                    self.fields[_field(day, part, number)] = _clock_field(f"{name}, {word}, {number + 1}")

    @property
    def days(self) -> Iterator[DayRow]:
        """What the week shows."""
        for day, name in enumerate(DAYS):
            slots = [
                Slot(
                    begins=self[_field(day, "from", number)],
                    ends=self[_field(day, "to", number)],
                    is_spare=number > 0 and not any(typed),
                )
                for number, typed in enumerate(self._typed(day))
            ]
            error = self._errors_of_days.get(day, "")
            yield DayRow(day, name, slots, error, self._pieces(day), day in WORKING_DAYS)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        week = []
        for day in range(len(DAYS)):
            try:
                week.append(day_of(self._typed(day)))
            except NotReadable as error:
                self._errors_of_days[day] = str(error)
                self.add_error(_field(day, "from", 0), str(error))
        if not any(week) and not self._errors_of_days:
            self.add_error(None, _NO_HOURS)
        values["week"] = week
        return values

    def save(self, *, now: datetime) -> bool | None:
        """Write it; False where nothing was changed, None where somebody else has changed it meanwhile."""
        given = self.cleaned_data
        schedule = Schedule(given["week"], given["zone"], given["skip_dates"], given["new_per_day"])
        try:
            return save_schedule(self.sequence, schedule, seen=given["seen"], now=now)
        except ScheduleChanged:
            self.add_error(None, _CHANGED)
            # The next try is made in the knowledge of it.
            stored = Schedule.of(Sequence.objects.get(pk=self.sequence.pk))
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": stored.fingerprint}
            return None

    def _typed(self, day: int) -> list[tuple[str, str]]:
        return [
            (str(self[_field(day, "from", number)].value() or ""), str(self[_field(day, "to", number)].value() or ""))
            for number in range(MOST_INTERVALS)
        ]

    def _pieces(self, day: int) -> list[Piece]:
        try:
            return pieces_of(day_of(self._typed(day)))
        except NotReadable:
            return []


def copied(typed: Mapping[str, str], source: str) -> dict[str, str]:
    """Return what was typed, with the hours of one day on all other working days too."""
    if source not in map(str, range(len(DAYS))):
        return dict(typed)
    hours = {
        _field(day, part, number): typed.get(_field(int(source), part, number), "")
        for day in WORKING_DAYS
        for part in ("from", "to")
        for number in range(MOST_INTERVALS)
    }
    return {**typed, **hours}


def _clock_field(label: str) -> forms.CharField:
    attributes = {"inputmode": "numeric", "autocomplete": "off", "class": "form-control", "data-clock": ""}
    return forms.CharField(
        label=label, required=False, max_length=_LONGEST_CLOCK, widget=forms.TextInput(attrs=attributes)
    )


def _field(day: int, part: str, number: int) -> str:
    return f"day{day}_{part}{number}"


def _initial(sequence: Sequence) -> dict[str, Any]:
    found: dict[str, Any] = {
        "zone": sequence.zone,
        "skip_dates": written_days(sequence.skip_dates),
        "new_per_day": sequence.new_per_day,
        "seen": Schedule.of(sequence).fingerprint,
    }
    for day, intervals in enumerate(sequence.week):
        for number, (opens, closes) in enumerate(sorted(intervals)[:MOST_INTERVALS]):
            found[_field(day, "from", number)] = opens
            found[_field(day, "to", number)] = closes
    return found
