"""How people sign up and sign in (allauth), told about our users."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from mailhub.lib.headers import clean_header


class AccountAdapter(DefaultAccountAdapter):
    """Links in mail carry the configured origin, never the Host header of a request (SECURITY B129)."""

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
