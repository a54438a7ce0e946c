"""Forms of the account and of the person."""

from datetime import datetime

from django import forms
from django.db import transaction
from django.http import QueryDict

from mailhub.lib import times
from mailhub.lib.time_zone_field import TimeZoneField
from mailhub.tenancy.models import Tenant, User
from mailhub.tenancy.zones import change_zone


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The account as a whole."""

    time_zone = TimeZoneField(
        max_length=64,
        help_text="Months of billing and days of sending are counted on its clock. Each person has one of their own.",
    )

    class Meta:
        model = Tenant
        fields = ["name"]
        labels = {"name": "Company"}
        help_texts = {"name": "Shown to your people when they sign in and switch accounts."}

    def __init__(self, tenant: Tenant, data: QueryDict | None = None) -> None:
        super().__init__(data, instance=tenant, initial={"time_zone": tenant.time_zone})

    @property
    def zone_names(self) -> tuple[str, ...]:
        """What the list of time zones offers."""
        return times.zone_names()

    def save_at(self, now: datetime) -> None:
        """Write the name, and move to another time zone where one was chosen."""
        with transaction.atomic():
            self.instance.save(update_fields=["name"])
            change_zone(self.instance, self.cleaned_data["time_zone"], now=now)


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
