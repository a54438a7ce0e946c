"""Forms of the account and of the person."""

from typing import Any

from django import forms

from mailhub.lib import times
from mailhub.tenancy.models import Tenant, User


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


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The account as a whole."""

    class Meta:
        model = Tenant
        fields = ["name"]
        labels = {"name": "Company"}
        help_texts = {"name": "Shown to your people when they sign in and switch accounts."}


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """The person who is signed in."""

    name = forms.CharField(
        label="Your name", max_length=120, help_text="Shown to your colleagues, and offered as the sender's name."
    )
    time_zone = TimeZoneField(help_text="Times on all pages are shown in it. Type a place to search for it.")

    class Meta:
        model = User
        fields = ["name", "time_zone"]

    @property
    def zone_names(self) -> tuple[str, ...]:
        """What the list of time zones offers."""
        return times.zone_names()
