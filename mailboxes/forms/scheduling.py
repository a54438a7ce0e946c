"""Times that a person types: on the clock of their own wall, in their own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from mailboxes.writing.later import TooLate, refuse_time
from mailboxes.writing.send_times import send_times
from mailhub.lib import times

TYPED = "%Y-%m-%dT%H:%M"


def moment_on_wall(typed: datetime, zone: tzinfo) -> datetime:
    """Return the moment that a clock in `zone` shows as `typed`, whatever zone that has.

    Of an hour that comes twice, the first.

    Raises ValidationError for a time that no clock shows, because the clocks are put forward over it.
    """
    wall = typed.replace(tzinfo=None)
    moment = wall.replace(tzinfo=zone)
    shown = moment.astimezone(UTC).astimezone(zone)
    if shown.replace(tzinfo=None, fold=0) == wall.replace(fold=0):
        return moment
    raise ValidationError(
        f"On that day the clocks go forward, and {wall:%H:%M} does not exist. Choose {shown:%H:%M} or another time."
    )


class RescheduleForm(forms.Form):
    """When a scheduled message leaves: one of the times that are offered, or one that is typed."""

    send_time = forms.CharField(required=False, max_length=10)
    send_at = forms.DateTimeField(
        label="Day and time",
        required=False,
        input_formats=[TYPED, f"{TYPED}:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED),
        error_messages={"invalid": "This is no day and time."},
    )

    def __init__(self, *args: Any, now: datetime, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now, self._zone = now, zone
        self.choices = send_times(now=now, zone=zone)
        soonest = (now + timedelta(minutes=1)).astimezone(zone)
        self.fields["send_at"].widget.attrs["min"] = soonest.strftime(TYPED)
        self.fields["send_at"].help_text = f"In your time zone, where it is {times.exact(now, zone)} now."

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        key = values.get("send_time")
        offered = next((one.at for one in self.choices if one.key == key), None)
        if offered is None and not self.errors:
            offered = self._typed(values.get("send_at"))
        values["leaves_at"] = offered
        return values

    def _typed(self, typed: datetime | None) -> datetime | None:
        if typed is None:
            self.add_error("send_at", "Choose the day and the time at which this is to leave.")
            return None
        try:
            moment = moment_on_wall(typed, self._zone)
            refuse_time(moment, now=self._now)
        except ValidationError as error:
            self.add_error("send_at", error)
            return None
        except TooLate as reason:
            self.add_error("send_at", str(reason))
            return None
        return moment
