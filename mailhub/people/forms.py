"""Forms about people: inviting, joining, roles, and second factors."""

import re
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.core.cache import cache
from django.core.validators import validate_email

from mailhub.lib import times
from mailhub.people.members import roles_given_by
from mailhub.tenancy.inviting import members_among
from mailhub.tenancy.models import Invitation, Membership, User
from mailhub.tenancy.permissions import Role

MOST_INVITATIONS = 20
# For so long a code of the app would be taken, with a clock that is half a minute off.
_CODE_SECONDS = 120


class AddressesField(forms.CharField):
    """E-mail addresses, each on a line of its own or between commas; cleaned to a list in lower case."""

    def __init__(self, **options: Any) -> None:
        attributes = {"rows": 3, "autocapitalize": "off", "spellcheck": "false"}
        super().__init__(widget=forms.Textarea(attrs=attributes), max_length=6000, **options)

    def clean(self, value: Any) -> Any:
        addresses = list(dict.fromkeys(one.lower() for one in re.split(r"[\s,;]+", super().clean(value)) if one))
        if len(addresses) > MOST_INVITATIONS:
            raise forms.ValidationError(f"Invite at most {MOST_INVITATIONS} people at a time.")
        for address in addresses:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(f"“{address[:100]}” is not an e-mail address.") from error
        return addresses


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    addresses = AddressesField(label="E-mail addresses", help_text="One on each line, or separated by commas.")
    role = forms.ChoiceField(widget=forms.RadioSelect, initial=Role.MEMBER)

    def __init__(self, *args: Any, by: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self._by = by
        _offer_roles(self.fields["role"], by)

    def clean_addresses(self) -> list[str]:
        addresses: list[str] = self.cleaned_data["addresses"]
        for member in members_among(addresses, of=self._by):
            self.add_error("addresses", already_here(member))
        return addresses


class RoleForm(forms.Form):
    """What a person may do in the account."""

    role = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, *args: Any, by: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_roles(self.fields["role"], by)


class JoinForm(forms.Form):
    """What an invitation asks of somebody new: the address is known."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        max_length=200, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    # The browser's, filled in by static/js/times.js.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))

    def __init__(self, *args: Any, invitation: Invitation, **options: Any) -> None:
        super().__init__(*args, **options)
        self._invitation = invitation

    def clean_password(self) -> str:
        user = User(email=self._invitation.email, name=self.cleaned_data.get("name", ""))
        password: str = get_adapter().clean_password(self.cleaned_data["password"], user=user)
        return password

    def clean_time_zone(self) -> str:
        """Take a zone that the profile offers too; whatever else a browser says is no reason to refuse anybody."""
        zone: str = self.cleaned_data["time_zone"]
        return zone if zone in times.zone_names() else "UTC"


class _CodeOnce:
    """Takes a code of an authenticator app once; allauth forgets a code earlier than it ceases to be right."""

    cleaned_data: dict[str, Any]
    authenticator: Authenticator
    user: User

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP:
            used = f"people.code:{self.user.pk}:{''.join(code.split())}"
            if not cache.add(used, True, timeout=_CODE_SECONDS):
                raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(_CodeOnce, AuthenticateForm):
    """A code of the app, or a recovery code, after the password."""


class SecondFactorAgainForm(_CodeOnce, ReauthenticateForm):
    """A code of the app, or a recovery code, before something important."""


def already_here(member: Membership) -> str:
    """Say that somebody cannot be invited because they are in the account."""
    if member.is_active:
        return f"{member.user.email} is in this account already."
    return f"{member.user.email} is in this account, but deactivated. Activate them in the list of people."


def _offer_roles(field: forms.Field, by: Membership) -> None:
    explained = {
        Role.OWNER: "Owner: everything, owners included",
        Role.ADMINISTRATOR: "Administrator: mailboxes, servers and people",
        Role.MEMBER: "Member: reads and answers mail of the mailboxes given to them",
    }
    field.choices = [(role.value, explained[role]) for role in reversed(roles_given_by(by))]  # type: ignore[attr-defined]
