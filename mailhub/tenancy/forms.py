"""Forms of people and accounts."""

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest

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

    field_order = ["name", "account_name", "email", "password1"]

    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        return user

    def custom_signup(self, request: HttpRequest, user: Any) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        tenant = Tenant.objects.create_tenant(self.cleaned_data["account_name"])
        Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
