"""Forms of what limits sequences: of the account, and of one server or mailbox (SPEC S3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from mailhub.lib.headers import clean_header
from sequences.forms.skip_days import SkipDaysField
from sequences.limits.defaults import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE
from sequences.limits.keeping import AccountValues, LimitValues
from sequences.models import SendingLimit, SendingSettings
from sequences.schedule.reading import written_days

_MOST = 1_000_000
_FIRST_DAYS = (date(2000, 1, 1), date(2100, 1, 1))


def _count_field(label: str, help_text: str = "", *, least: int = 1) -> forms.IntegerField:
    attributes = {"inputmode": "numeric", "placeholder": "no limit"}
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=_MOST,
        widget=forms.NumberInput(attrs=attributes),
        help_text=help_text,
    )


class SendingSettingsForm(forms.Form):
    """What holds for all sequences of the account."""

    sender_line = forms.CharField(
        label="Sender line",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "Acme Ltd, 1 Harbour Street, Dublin", "autocomplete": "off"}),
        help_text="Name and postal address below each mail of a sequence, as many laws ask.",
    )
    per_day = _count_field("Mails a day, all together", "All sequences of the account. Empty for no limit.")
    domain_per_day = _count_field("Mails a day to one domain", "So that no company hears too much from you at once.")
    skip_dates = SkipDaysField(label="Days to skip")

    def __init__(self, settings: SendingSettings, data: QueryDict | None = None) -> None:
        super().__init__(
            data,
            initial={
                "sender_line": settings.sender_line,
                "per_day": settings.per_day,
                "domain_per_day": settings.domain_per_day,
                "skip_dates": written_days(settings.skip_dates),
            },
        )

    def clean_sender_line(self) -> str:
        return clean_header(self.cleaned_data["sender_line"])

    @property
    def values(self) -> AccountValues:
        return AccountValues(**self.cleaned_data)


class SendingLimitForm(forms.Form):
    """What may leave through one server or from one mailbox, and how it grows to that."""

    per_day = _count_field("A day")
    per_minute = _count_field("A minute")
    is_ramped = forms.BooleanField(label="Ramp up", required=False)
    ramp_starts_on = forms.DateField(
        label="First day",
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Choose a day, such as 2026-05-31."},
    )
    ramp_from = _count_field("On the first day")
    ramp_by = _count_field("More each day")

    def __init__(self, limit: SendingLimit | None, data: QueryDict | None = None, *, today: date) -> None:
        shown = limit or SendingLimit(per_day=DEFAULT_PER_DAY, per_minute=DEFAULT_PER_MINUTE)
        super().__init__(
            data,
            initial={
                "per_day": shown.per_day,
                "per_minute": shown.per_minute,
                "is_ramped": shown.ramp_starts_on is not None,
                "ramp_starts_on": shown.ramp_starts_on or today,
                "ramp_from": shown.ramp_from,
                "ramp_by": shown.ramp_by,
            },
        )
        for name in ("ramp_from", "ramp_by"):
            self.fields[name].widget.attrs["placeholder"] = ""

    def clean_ramp_starts_on(self) -> date | None:
        day: date | None = self.cleaned_data["ramp_starts_on"]
        earliest, latest = _FIRST_DAYS
        if day is not None and not earliest <= day < latest:
            raise forms.ValidationError("Choose a day of this century.")
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("is_ramped"):
            self._check_ramp(given)
        return given

    @property
    def values(self) -> LimitValues:
        given, usual = self.cleaned_data, SendingLimit()
        return LimitValues(
            per_minute=given["per_minute"],
            per_day=given["per_day"],
            ramp_starts_on=given["ramp_starts_on"] if given["is_ramped"] else None,
            ramp_from=given.get("ramp_from") or usual.ramp_from,
            ramp_by=given.get("ramp_by") or usual.ramp_by,
        )

    def _check_ramp(self, given: dict[str, Any]) -> None:
        named = {
            "ramp_starts_on": "Say on which day it begins.",
            "ramp_from": "Say how many leave on the first day.",
            "ramp_by": "Say how many more leave each day.",
        }
        for name, words in named.items():
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, words)
        per_day, first = given.get("per_day"), given.get("ramp_from")
        if per_day is None and "per_day" not in self.errors:
            self.add_error("per_day", "Say how many leave a day once it is ramped up.")
        if per_day is not None and first is not None and first > per_day:
            self.add_error("ramp_from", f"That is more than the {per_day:,} a day that it leads up to.")
