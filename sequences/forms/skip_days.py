"""The form field of days on which nothing is sent."""

from typing import Any

from django import forms

from sequences.schedule.reading import MOST_DAYS, NotReadable, days_of

_LONGEST = 40 * MOST_DAYS


class SkipDaysField(forms.CharField):
    """Days of the calendar, one a line or apart by commas, also from one to another; clean gives them in ISO form."""

    def __init__(self, **options: Any) -> None:
        attributes = {"rows": 4, "autocomplete": "off", "spellcheck": "false", "data-days": ""}
        attributes["placeholder"] = "2026-12-25\n2026-12-28 to 2027-01-03"
        super().__init__(
            required=False,
            max_length=_LONGEST,
            widget=forms.Textarea(attrs=attributes),
            help_text="Year, month and day, such as 2026-12-25; several in a row as 2026-12-28 to 2027-01-03.",
            **options,
        )

    def clean(self, value: Any) -> Any:
        try:
            return days_of(super().clean(value))
        except NotReadable as error:
            raise forms.ValidationError(str(error)) from error
