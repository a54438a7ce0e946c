"""The part of a server form that asks how to get access tokens (SPEC M9)."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from servers.endpoints import Security
from servers.forms.fields import (
    HOST_ATTRIBUTES,
    PLAIN_ATTRIBUTES,
    DirectoryField,
    EndpointField,
    PasswordField,
    PrintableField,
)
from servers.models import OAuthCredential
from servers.oauth.providers import (
    CONNECT_WITH,
    METHODS,
    USUAL_SERVERS,
    Method,
    Provider,
    is_mail_host_of,
    operator_client,
)

ENTER_SECRET_AGAIN = (
    "Enter it again: something else was changed, and a saved secret is only used where it was entered for."  # noqa: S105
)
NEEDS_ENCRYPTION = "OAuth needs an encrypted connection. Choose STARTTLS or TLS."

# What each way asks for; all else is ignored. "password" is the field of the server form.
_ASKED: Mapping[tuple[str, str], tuple[str, ...]] = {
    (Provider.UNKNOWN, Method.REFRESH_TOKEN): (
        "oauth_token_endpoint",
        "oauth_client_id",
        "oauth_client_secret",
        "oauth_refresh_token",
        "oauth_scope",
    ),
    (Provider.GMAIL, Method.REFRESH_TOKEN): ("oauth_client_id", "oauth_client_secret", "oauth_refresh_token"),
    (Provider.GMAIL, Method.CONNECTED): (),
    (Provider.OFFICE365, Method.PASSWORD): ("oauth_client_id", "oauth_directory", "password"),
    (Provider.OFFICE365, Method.CLIENT_SECRET): ("oauth_client_id", "oauth_directory", "oauth_client_secret"),
    (Provider.OFFICE365, Method.CONNECTED): (),
}
_OPTIONAL = frozenset({"oauth_scope"})
# Providers of public clients give no client secret (RFC 6749 §2.1).
_OPTIONAL_FOR_UNKNOWN = _OPTIONAL | {"oauth_client_secret"}
_SECRETS = {"oauth_client_secret": "client_secret", "oauth_refresh_token": "refresh_token", "password": "password"}
_PLAIN = ("client_id", "directory", "token_endpoint", "scope")


class OAuthForm(forms.ModelForm):  # type: ignore[type-arg]
    """Off or on, the provider, and what the chosen way asks for. Without scripts all fields are shown."""

    oauth_enabled = forms.BooleanField(
        label="Sign in with OAuth", required=False, help_text="Google and Microsoft ask for it instead of a password."
    )
    oauth_provider = forms.ChoiceField(label="OAuth provider", choices=Provider.choices, required=False)
    oauth_method = forms.ChoiceField(label="Authentication method", choices=Method.choices, required=False)
    oauth_token_endpoint = EndpointField(
        label="Token endpoint", max_length=500, required=False, widget=forms.TextInput(attrs=HOST_ATTRIBUTES)
    )
    oauth_client_id = PrintableField(
        label="Client ID", max_length=254, required=False, widget=forms.TextInput(attrs=PLAIN_ATTRIBUTES)
    )
    oauth_directory = DirectoryField(
        label="Tenant ID", max_length=253, required=False, widget=forms.TextInput(attrs=PLAIN_ATTRIBUTES)
    )
    oauth_client_secret = PasswordField(label="Client secret")
    oauth_refresh_token = PasswordField(label="Refresh token", max_length=8192)
    oauth_scope = PrintableField(
        label="Scope", max_length=1000, required=False, widget=forms.TextInput(attrs=PLAIN_ATTRIBUTES)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._saved_oauth: OAuthCredential | None = self.instance.oauth
        self._saved_oauth_place: tuple[Any, ...] = ()
        if self._saved_oauth is not None:
            server = self.instance
            self._saved_oauth_place = _place_of(self._saved_oauth, (server.host, server.port, server.security))
            self._show_saved(self._saved_oauth)

    @property
    def uses_oauth(self) -> bool:
        """Whether the valid form signs in with a token."""
        return bool(self.cleaned_data.get("oauth_enabled"))

    @property
    def uses_saved_refresh_token(self) -> bool:
        """Whether a provider that is asked for a test may answer with a refresh token that must be kept."""
        is_saved = self.instance.oauth is not None and not self.instance.oauth._state.adding
        return is_saved and not self.cleaned_data.get("oauth_refresh_token")

    @property
    def oauth_table(self) -> str:
        """Which fields each choice asks for and which servers it proposes, as JSON for static/js/server-form.js."""
        fields = {f"{provider}/{method}": names for (provider, method), names in _ASKED.items()}
        return json.dumps({"methods": METHODS, "fields": fields, "servers": USUAL_SERVERS})

    @property
    def connections(self) -> list[tuple[str, str, bool]]:
        """The providers that one can connect with in the browser, their names, and whether the operator set it up."""
        return [(provider, name, operator_client(provider) is not None) for provider, name in CONNECT_WITH.items()]

    @property
    def saved_connection(self) -> OAuthCredential | None:
        """The saved sign-in where it is one that is connected in the browser."""
        saved = self._saved_oauth
        return saved if saved is not None and saved.method == Method.CONNECTED else None

    @property
    def can_connect(self) -> bool:
        saved = self.saved_connection
        return saved is not None and operator_client(saved.provider) is not None

    def _clean_oauth(self) -> None:
        """Check what the chosen way asks for, and put the sign-in into the instance where nothing is wrong."""
        provider = self.cleaned_data.get("oauth_provider") or Provider.UNKNOWN
        method = self._chosen_method(provider)
        asked = _ASKED.get((provider, method), ())
        self._ignore_oauth_fields(besides=(*asked, "oauth_provider", "oauth_method"))
        if not asked and method != Method.CONNECTED:
            self.add_error("oauth_method", "Choose how you sign in to this provider.")
            return
        if self.cleaned_data.get("security") == Security.NONE:
            self.add_error("security", NEEDS_ENCRYPTION)
        if method == Method.CONNECTED:
            self._check_connection(provider)
        credential = self._typed_credential(provider, method, asked)
        server_place = tuple(self.cleaned_data.get(name) for name in ("host", "port", "security"))
        is_same = self._saved_oauth_place == _place_of(credential, server_place)
        self._require(asked, provider, is_same=is_same)
        if not self.errors:
            self._set_credential(credential, is_same=is_same)

    def _ignore_oauth_fields(self, *, besides: tuple[str, ...] = ()) -> None:
        """Forget what is wrong in fields that nobody asks for."""
        for name in [name for name in self.errors if name.startswith("oauth_") and name not in besides]:
            del self.errors[name]

    def _chosen_method(self, provider: str) -> str:
        methods = METHODS.get(provider, ())
        return str(methods[0] if len(methods) == 1 else self.cleaned_data.get("oauth_method", ""))

    def _check_connection(self, provider: str) -> None:
        name = CONNECT_WITH[provider]
        if operator_client(provider) is None:
            self.add_error("oauth_method", f"“Connect with {name}” is not set up here. Choose another method.")
        host = self.cleaned_data.get("host")
        if host and not is_mail_host_of(provider, host):
            words = f"An account that is connected in the browser is used with {name}'s own servers only."
            self.add_error("host", words)

    def _typed_credential(self, provider: str, method: str, asked: tuple[str, ...]) -> OAuthCredential:
        """Return the sign-in as typed, without its secrets."""
        cleaned = self.cleaned_data
        plain = {name: cleaned.get(f"oauth_{name}", "") if f"oauth_{name}" in asked else "" for name in _PLAIN}
        return OAuthCredential(
            tenant_id=self.instance.tenant_id,
            provider=provider,
            method=method,
            username=cleaned.get("username", ""),
            **plain,
        )

    def _require(self, asked: tuple[str, ...], provider: str, *, is_same: bool) -> None:
        optional = _OPTIONAL_FOR_UNKNOWN if provider == Provider.UNKNOWN else _OPTIONAL
        for name in asked:
            if name in optional or name in self.errors or self.cleaned_data.get(name):
                continue
            if name not in _SECRETS:
                self.add_error(name, f"Enter the {self._label(name)}.")
            elif not is_same:
                was_saved = self._saved_oauth is not None and getattr(self._saved_oauth, _SECRETS[name]) is not None
                self.add_error(name, ENTER_SECRET_AGAIN if was_saved else f"Enter the {self._label(name)}.")

    def _label(self, name: str) -> str:
        label = str(self.fields[name].label or name)
        return label if label.isupper() or label.endswith("ID") else label.lower()

    def _set_credential(self, typed: OAuthCredential, *, is_same: bool) -> None:
        """Change the saved sign-in, which others may share, or begin another one where it is for something else."""
        credential = self._saved_oauth if is_same and self._saved_oauth is not None else typed
        secrets = {field: self.cleaned_data.get(name) for name, field in _SECRETS.items()}
        asked = _ASKED[typed.provider, typed.method]
        typed_secrets = {field: secrets[field] for name, field in _SECRETS.items() if name in asked and secrets[field]}
        has_changed = bool(typed_secrets) or credential.scope != typed.scope
        credential.scope = typed.scope
        for field, secret in typed_secrets.items():
            setattr(credential, field, secret)
        if has_changed and credential is not typed:
            credential.start_anew()
        self.instance.oauth = credential
        self.instance.password = None

    def _show_saved(self, saved: OAuthCredential) -> None:
        self.initial.update(oauth_enabled=True, oauth_provider=saved.provider, oauth_method=saved.method)
        self.initial.update({f"oauth_{name}": getattr(saved, name) for name in _PLAIN})
        for name, field in _SECRETS.items():
            if name in self.fields and getattr(saved, field) is not None:
                self.fields[name].widget.attrs["data-saved"] = ""


def _place_of(credential: OAuthCredential, server_place: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return where the secrets of a sign-in go; saved ones go nowhere else (SECURITY B100)."""
    who = (credential.provider, credential.method, credential.username)
    if credential.method == Method.CONNECTED:
        # Its servers are the provider's own anyway, and so is its client.
        return who
    return (*who, credential.token_endpoint, credential.directory, credential.client_id, *server_place)
