"""Forms of the account and of the person."""

from functools import cache
from zoneinfo import available_timezones

from django import forms

from mailhub.tenancy.models import Tenant, User


class AccountForm(forms.ModelForm):
    """The account as a whole."""

    class Meta:
        model = Tenant
        fields = ["name"]
        labels = {"name": "Company"}
        help_texts = {"name": "Shown to your people when they sign in and switch accounts."}


class ProfileForm(forms.ModelForm):
    """The person who is signed in."""

    time_zone = forms.ChoiceField(label="Time zone", help_text="Times on all pages are shown in it.")

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        labels = {"name": "Your name"}
        help_texts = {"name": "Shown to your colleagues, and offered as the sender's name."}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in _time_zones()]


@cache
def _time_zones() -> tuple[str, ...]:
    """Return the zones named by region and place; the database's other names are aliases of them, or UTC."""
    regions = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(tuple(f"{one}/" for one in regions))))
