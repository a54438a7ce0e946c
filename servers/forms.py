"""Forms of incoming and outgoing servers. A password goes in and never comes out again (SPEC M19)."""

import json
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from mailhub.lib.headers import clean_header
from mailhub.lib.secret import Secret
from servers.endpoints import DEFAULT_PORTS, Endpoint, Protocol, Security, SignIn
from servers.hostnames import InvalidHostname, valid_hostname
from servers.models import IncomingServer, OutgoingServer

ENTER_PASSWORD = "Enter the password."  # noqa: S105 (words for people)
ENTER_PASSWORD_AGAIN = (
    "Enter the password again: host, port, encryption or user name was changed, and a saved password is only used "  # noqa: S105
    "where it was entered for."
)
ACCOUNT_TAKEN = "Another mailbox fetches this account already (same host and user name)."

_PLAINTEXT_REFUSED = "Unencrypted connections are switched off here. Choose STARTTLS or TLS."
_HOST_ATTRIBUTES = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "inputmode": "url"}
_USERNAME_ATTRIBUTES = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class HostField(forms.CharField):
    """The name of a server, and nothing around it."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return valid_hostname(text) if text else text
        except InvalidHostname as error:
            raise ValidationError(str(error)) from None


class UsernameField(forms.CharField):
    """What we sign in with; often not the address."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text.isprintable():
            raise ValidationError("The user name contains a character that cannot be typed.")
        return text


class PasswordField(forms.CharField):
    """A password as a `Secret`. `new-password` keeps the browser from filling in the person's own."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(**{"required": False, "strip": False, "max_length": 1024, "widget": widget, **options})

    def clean(self, value: Any) -> Secret:
        return Secret(super().clean(value))


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """What both kinds of servers have in common: where they are, and how we sign in."""

    host = HostField(max_length=253, widget=forms.TextInput(attrs=_HOST_ATTRIBUTES))
    port = forms.IntegerField(min_value=1, max_value=65535, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    username = UsernameField(label="User name", max_length=254, widget=forms.TextInput(attrs=_USERNAME_ATTRIBUTES))
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
        if self._signs_in() and "password" not in self.errors and not self._has_password():
            self.add_error("password", ENTER_PASSWORD if self._saved_place is None else ENTER_PASSWORD_AGAIN)
        self._set_password()
        return cleaned

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
        """Whether a password was typed that has to be typed again, because it is never sent back."""
        return self.is_bound and bool(self.data.get(self.add_prefix("password")))

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

    def _has_password(self) -> bool:
        if self.cleaned_data.get("password"):
            return True
        # A saved password goes nowhere but where it was entered for (SECURITY B100).
        cleaned = self.cleaned_data
        return self._saved_place == tuple(cleaned.get(name) for name in ("host", "port", "security", "username"))

    def _set_password(self) -> None:
        if not self._signs_in():
            # A password that nobody needs is forgotten, or it could go to another host when signing in is back on.
            self.instance.password = None
        elif self.cleaned_data.get("password"):
            self.instance.password = self.cleaned_data["password"]

    def _place(self) -> tuple[Any, ...]:
        server = self.instance
        return (server.host, server.port, server.security, server.username)

    def _offer_encryption_only(self) -> None:
        field = cast(forms.ChoiceField, self.fields["security"])
        field.choices = [one for one in Security.choices if one[0] != Security.NONE]
        field.error_messages["invalid_choice"] = _PLAINTEXT_REFUSED


class IncomingServerForm(ServerForm):
    """An account on an IMAP or POP3 server. A new form starts at POP3, port 110, no TLS (SPEC M5)."""

    class Meta:
        model = IncomingServer
        fields: ClassVar = ["name", "protocol", "host", "port", "security", "username", "copy_mail", "comments"]
        labels: ClassVar = {"security": "Encryption", "copy_mail": "Copy mail: leave messages on the server"}
        help_texts: ClassVar = {"name": "For you to recognise it by. Without one, its host is shown."}
        widgets: ClassVar = {"comments": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Often the e-mail address, but not always."
        self.fields["host"].widget.attrs["placeholder"] = "pop.example.com"
        if self._saved_place is None:
            self.fields["password"].required = True
            self.fields["password"].error_messages["required"] = ENTER_PASSWORD

    def clean_name(self) -> str:
        return clean_header(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "host" in cleaned and "username" in cleaned and self._account_is_taken():
            self.add_error("username", ACCOUNT_TAKEN)
        return cleaned

    def sign_in(self) -> SignIn:
        """Return the credentials of the valid form."""
        return self._typed_sign_in() or self.instance.sign_in()

    @property
    def protocol(self) -> Protocol:
        return Protocol(self.instance.protocol)

    @property
    def copies_mail(self) -> bool:
        return bool(self["copy_mail"].value())

    def _account_is_taken(self) -> bool:
        account = {"host__iexact": self.cleaned_data["host"], "username": self.cleaned_data["username"]}
        return IncomingServer.objects.filter(**account).exclude(pk=self.instance.pk).exists()

    def _offer_encryption_only(self) -> None:
        super()._offer_encryption_only()
        if self.is_new:
            self.initial.update(security=Security.TLS, port=DEFAULT_PORTS[Protocol.POP3, Security.TLS])


class OutgoingServerForm(ServerForm):
    """An SMTP server, and as whom a mailbox sends through it (SPEC M11)."""

    class Meta:
        model = OutgoingServer
        fields: ClassVar = [
            "name", "from_address", "display_name", "reply_to", "envelope_from",
            "host", "port", "security", "authenticate", "username",
        ]  # fmt: skip
        labels: ClassVar = {"security": "Encryption", "authenticate": "Sign in with user name and password"}
        help_texts: ClassVar = {
            "name": "For you to recognise it by. Without one, its From address is shown.",
            "from_address": "The address that recipients see. Their answers must arrive in this mailbox.",
            "display_name": "The name that recipients see before the address.",
            "reply_to": "Where answers go, if not to the From address.",
            "envelope_from": "Where reports of failed delivery go, if not to the From address.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].required = False
        self.fields["host"].widget.attrs["placeholder"] = "smtp.example.com"

    def clean_name(self) -> str:
        return clean_header(self.cleaned_data["name"])

    def clean_display_name(self) -> str:
        return clean_header(self.cleaned_data["display_name"])

    def clean(self) -> dict[str, Any]:
        if self._signs_in() and "username" not in self.errors and not self.cleaned_data.get("username"):
            self.add_error("username", "Enter the user name.")
        return super().clean()

    def sign_in(self) -> SignIn | None:
        """Return the credentials of the valid form; None when the server asks for none."""
        return (self._typed_sign_in() or self.instance.sign_in()) if self._signs_in() else None

    def _signs_in(self) -> bool:
        return bool(self.cleaned_data.get("authenticate"))


class FirstOutgoingServerForm(OutgoingServerForm):
    """The outgoing server of a mailbox that is being added: it may sign in as the incoming one does."""

    same_sign_in = forms.BooleanField(
        label="Same user name and password as for receiving", required=False, initial=True
    )

    def __init__(self, *args: Any, incoming: IncomingServerForm | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._incoming = incoming

    def clean(self) -> dict[str, Any]:
        if self._signs_in_as_incoming():
            self._take_over_sign_in()
        return super().clean()

    def _signs_in_as_incoming(self) -> bool:
        return self._incoming is not None and self._signs_in() and bool(self.cleaned_data.get("same_sign_in"))

    def _take_over_sign_in(self) -> None:
        assert self._incoming is not None
        for name in ("username", "password"):
            self.errors.pop(name, None)
            if name in self._incoming.errors:
                # Said once, beside the field where it can be mended.
                self.add_error(None, "Enter user name and password for receiving first, or other ones for sending.")
                self.cleaned_data["authenticate"] = False
                return
            self.cleaned_data[name] = self._incoming.cleaned_data[name]
