"""How allauth is told about our people: signing up and in, second factors, and what is limited."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import is_login_rate_limited
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mailhub.lib.headers import clean_header
from mailhub.people import known_browsers
from mailhub.people.browsers import sign_out_everywhere
from mailhub.people.user_agents import words_for
from mailhub.tenancy import second_factors
from mailhub.tenancy.models import User

# Where a page that people come back to after signing in leaves its address.
RETURN_TO = "return_to"


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
        "too_many_login_attempts": "Too many wrong passwords or codes. Wait five minutes, then try again.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raise ValidationError where passwords were tried too often (SECURITY B142).

        Counted are wrong ones from one address, for one person from one address, and for one person from anywhere. The
        last would let anyone lock anyone out, so a browser in which the person has signed in before is not held to it.
        """
        super().pre_authenticate(request, **credentials)
        email = str(credentials.get("email", "")).lower()
        if known_browsers.knows(request, email):
            return
        if not ratelimit.consume(request, action="sign_in_of_person", key=email):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose credentials they are, None for wrong ones.

        Raises ValidationError after too many wrong passwords, and where another code may not be sent yet: allauth would
        call that a wrong password too.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and is_login_rate_limited(request, Login(user=user, email=credentials.get("email"))):
            raise self.validation_error("code_was_sent")
        return user

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        if isinstance(user, User):
            known_browsers.remember(response, user.email, request=request)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        url: str = request.session.pop(RETURN_TO, "") or super().get_login_redirect_url(request)
        return url

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("people:security")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Set a new password, and end every other session of the person (SECURITY B132)."""
        super().set_password(user, password)
        if isinstance(user, User):
            own = self.request.session.session_key if self.request.user == user else None
            sign_out_everywhere(user, but=own)

    def format_email_subject(self, subject: str) -> str:
        return clean_header(subject)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.SITE_URL + reverse(
            "account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}
        ).replace("UID-KEY", key)

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        browser = words_for(str(context.get("user_agent", "")))
        context = {**context, "site_url": settings.SITE_URL, "browser": browser}
        return super().render_mail(template_prefix, email, context, headers)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords for one person from one address: who guesses elsewhere locks nobody out here."""
        email = str(credentials.get("email", "")).lower()
        return f"{get_ip(request)}|{email}"


class TwoFactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed, and passkeys belong to the configured host, whatever a request says (SECURITY B129)."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Recovery codes come with an authenticator app or a passkey: add one first.",
        "incorrect_code": "This is not right, or it was used already. Codes of the app change every 30 seconds.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        return second_factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.unseal(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"
