"""Somebody who operates the platform, with a browser."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client

from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role
from tests.factories import make_person, signed_in


def make_operator(role: Role = Role.OWNER, *, factor: Any = Authenticator.Type.TOTP) -> Membership:
    """Make a person of the platform's tenant; without `factor` they sign in by password alone."""
    platform = Tenant.objects.filter(is_platform=True).first()
    platform = platform or Tenant.objects.create_tenant("The platform", is_platform=True)
    membership = make_person(platform, role)
    if factor:
        Authenticator.objects.create(user=membership.user, type=factor, data={})
    return membership


def at_the_desk() -> Client:
    return signed_in(make_operator())
