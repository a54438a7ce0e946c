"""A form field for time zones."""

from typing import Any

from django import forms

from mailhub.lib import times


class TimeZoneField(forms.CharField):
    """A time zone by its name, in any case and with spaces; a list of all is offered while one types."""

    default_error_messages = {"invalid": "Choose a time zone from the list, such as Europe/Berlin."}

    def __init__(self, **options: Any) -> None:
        attributes = {"list": "time-zones", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        super().__init__(widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value: Any) -> str:
        typed = _folded(super().clean(value))
        zone = next((name for name in times.zone_names() if _folded(name) == typed), None)
        if zone is None:
            raise forms.ValidationError(self.error_messages["invalid"])
        return zone


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "_")
