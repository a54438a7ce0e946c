"""Forms of the account and of the person."""

from django import forms

from mailhub.lib import times
from mailhub.lib.time_zone_field import TimeZoneField
from mailhub.tenancy.models import Tenant, User


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
