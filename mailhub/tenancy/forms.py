"""Forms of people and accounts."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from mailhub.lib import times
from mailhub.tenancy.accounts import forget_unproven
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role


class SignUpForm(SignupForm):
    """Sign-up asks for the person and for the company, and makes the person its owner."""

    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    account_name = forms.CharField(
        label="Company", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )

    # Found out by allauth while it cleans the address.
    account_already_exists: bool

    # The browser's, filled in by static/js/times.js.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))

    field_order = ["name", "account_name", "email", "password1", "time_zone"]

    def clean_time_zone(self) -> str:
        """Take a zone that the profile offers too; whatever else a browser says is no reason to refuse anybody."""
        zone: str = self.cleaned_data["time_zone"]
        return zone if zone in times.zone_names() else "UTC"

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Sign up, also once more with an address that was never confirmed; all else as allauth answers it."""
        with transaction.atomic():
            if self.account_already_exists and forget_unproven(self.cleaned_data["email"]):
                self.account_already_exists = False
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        return user

    def custom_signup(self, request: HttpRequest, user: Any) -> None:
        user.name = self.cleaned_data["name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.save(update_fields=["name", "time_zone"])
        # The account begins on the clock of who made it.
        tenant = Tenant.objects.create_tenant(self.cleaned_data["account_name"], time_zone=user.time_zone)
        Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)


class NewPasswordForm(ChangePasswordForm):
    """Asks once for the new password: it can be shown while it is typed."""

    password2 = None


class ForgottenPasswordForm(ResetPasswordKeyForm):
    """Asks once for the new password: it can be shown while it is typed."""

    password2 = None
