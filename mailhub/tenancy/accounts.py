"""How people sign up and sign in (allauth), told about our users."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import is_login_rate_limited
from allauth.account.models import EmailAddress, Login
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.scope import tenant_scope


class AccountAdapter(DefaultAccountAdapter):
    """Links in mail carry the configured origin, never the Host header of a request (SECURITY B129)."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "code_was_sent": (
            "We sent a code to this address a moment ago. Enter it in the window where you asked for it, or wait three "
            "minutes and sign in again to get a new one."
        ),
        "email_password_mismatch": "E-mail address or password is wrong.",
        "email_taken": "Someone uses this e-mail address already.",
        "enter_current_password": "This is not your password now.",
        "incorrect_password": "This is not your password.",
        "rate_limited": "Too many codes were asked for. Wait three minutes, then ask for a new one.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, then try again.",
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose credentials they are, None for wrong ones.

        Raises ValidationError after too many wrong passwords, and where another code may not be sent yet: allauth would
        call that a wrong password too.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and is_login_rate_limited(request, Login(user=user, email=credentials.get("email"))):
            raise self.validation_error("code_was_sent")
        return user

    def format_email_subject(self, subject: str) -> str:
        return clean_header(subject)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.SITE_URL + reverse(
            "account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}
        ).replace("UID-KEY", key)

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        context = {**context, "site_url": settings.SITE_URL}
        return super().render_mail(template_prefix, email, context, headers)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True


def forget_unproven(email: str) -> bool:
    """Delete the person who signed up with `email` and never confirmed it, with the account made then; False if none.

    Nobody has proven the address, so the newer sign-up wins. An account that has other people is never touched.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email.lower()).first()
        if user is None or not _is_unproven(user):
            return False
        for tenant in Tenant.objects.filter(memberships__user=user):
            with tenant_scope(tenant.pk):
                tenant.delete()
        user.delete()
    return True


def _is_unproven(user: User) -> bool:
    addresses = EmailAddress.objects.filter(user=user)
    if user.last_login is not None or not addresses.exists() or addresses.filter(verified=True).exists():
        return False
    return not Membership.objects.filter(tenant__memberships__user=user).exclude(user=user).exists()
