"""Forms of the account and of the person."""

from functools import cache
from zoneinfo import available_timezones

from django import forms

from mailhub.tenancy.models import Tenant, User

_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def time_zones() -> tuple[tuple[str, str], ...]:
    """Return the zones named by region and place, with UTC first; the database's other names are aliases of them."""
    regional = sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS)
    return tuple((name, name.replace("_", " ")) for name in ["UTC", *regional])


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
    time_zone = forms.ChoiceField(choices=time_zones, help_text="Times on all pages are shown in it.")

    class Meta:
        model = User
        fields = ["name", "time_zone"]
