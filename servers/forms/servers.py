"""What the forms of incoming and outgoing servers have in common: where they are, and how we sign in."""

import json
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings

from servers.endpoints import DEFAULT_PORTS, Endpoint, Security, SignIn
from servers.forms.fields import HOST_ATTRIBUTES, PLAIN_ATTRIBUTES, HostField, PasswordField, PrintableField
from servers.forms.oauth import OAuthForm
from servers.signing_in import Brought, Deferred, deferred_token

ENTER_PASSWORD = "Enter the password."  # noqa: S105 (words for people)
ENTER_PASSWORD_AGAIN = (
    "Enter the password again: host, port, encryption or user name was changed, and a saved password is only used "  # noqa: S105
    "where it was entered for."
)

_PLAINTEXT_REFUSED = "Unencrypted connections are switched off here. Choose STARTTLS or TLS."


class ServerForm(OAuthForm):
    """What both kinds of servers have in common: where they are, and how we sign in."""

    host = HostField(max_length=253, widget=forms.TextInput(attrs=HOST_ATTRIBUTES))
    port = forms.IntegerField(min_value=1, max_value=65535, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    username = PrintableField(label="User name", max_length=254, widget=forms.TextInput(attrs=PLAIN_ATTRIBUTES))
    password = PasswordField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._saved_place = self._place() if self.instance.password is not None else None
        if self._saved_place is not None:
            self.fields["password"].widget.attrs["data-saved"] = ""
        if not settings.PLAINTEXT_SERVERS_ALLOWED:
            self._offer_encryption_only()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self._signs_in():
            self._forget_sign_in()
        elif self._shares_sign_in():
            self._ignore_sign_in_fields()
            self._share_sign_in()
        elif self.uses_oauth:
            self._clean_oauth()
        else:
            self._ignore_oauth_fields()
            self._clean_password()
        return cleaned

    def deferred_sign_in(self, *, now: datetime) -> Deferred:
        """Return what the valid form signs in with, brought when a test needs it."""
        if self._signs_in() and self.instance.oauth is not None:
            return deferred_token(self.instance, is_kept=self.uses_saved_refresh_token, now=now)
        return Deferred(lambda: Brought(self.sign_in()))

    def sign_in(self) -> SignIn | None:
        """Return user name and password of the valid form; None when the server asks for none.

        Raises ServerFailure when the saved password cannot be opened.
        """
        return (self._typed_sign_in() or self.instance.sign_in()) if self._signs_in() else None

    @property
    def endpoint(self) -> Endpoint:
        """Where the valid form leads to."""
        server = self.instance
        return Endpoint(host=server.host, port=server.port, security=Security(server.security))

    @property
    def is_new(self) -> bool:
        return self.instance._state.adding

    @property
    def has_lost_password(self) -> bool:
        """Whether a secret was typed that has to be typed again, because it is never sent back."""
        names = ("password", "oauth_client_secret", "oauth_refresh_token")
        return self.is_bound and any(self.data.get(self.add_prefix(name)) for name in names)

    @property
    def is_plaintext(self) -> bool:
        return str(self["security"].value()) == Security.NONE

    @property
    def default_ports(self) -> str:
        """The usual ports by "protocol/security", as JSON for static/js/server-form.js."""
        return json.dumps({f"{protocol}/{security}": port for (protocol, security), port in DEFAULT_PORTS.items()})

    def _typed_sign_in(self) -> SignIn | None:
        password = self.cleaned_data["password"]
        return SignIn(username=self.cleaned_data["username"], password=password) if password else None

    def _signs_in(self) -> bool:
        return True

    def _shares_sign_in(self) -> bool:
        """Whether an OAuth sign-in of another server is used."""
        return False

    def _share_sign_in(self) -> None:
        """Take it over, or say why not."""

    def _forget_sign_in(self) -> None:
        """Forget what nobody needs, or it could go to another host when signing in is back on."""
        self._ignore_sign_in_fields()
        self.instance.password = None
        self.instance.oauth = None

    def _ignore_sign_in_fields(self) -> None:
        self._ignore_oauth_fields()
        for name in ("username", "password"):
            self.errors.pop(name, None)

    def _clean_password(self) -> None:
        if "password" not in self.errors and not self._has_password():
            self.add_error("password", ENTER_PASSWORD if self._saved_place is None else ENTER_PASSWORD_AGAIN)
        self.instance.oauth = None
        if self.cleaned_data.get("password"):
            self.instance.password = self.cleaned_data["password"]

    def _has_password(self) -> bool:
        if self.cleaned_data.get("password"):
            return True
        # A saved password goes nowhere but where it was entered for (SECURITY B100).
        cleaned = self.cleaned_data
        return self._saved_place == tuple(cleaned.get(name) for name in ("host", "port", "security", "username"))

    def _place(self) -> tuple[Any, ...]:
        server = self.instance
        return (server.host, server.port, server.security, server.username)

    def _offer_encryption_only(self) -> None:
        field = cast(forms.ChoiceField, self.fields["security"])
        field.choices = [one for one in Security.choices if one[0] != Security.NONE]
        field.error_messages["invalid_choice"] = _PLAINTEXT_REFUSED
