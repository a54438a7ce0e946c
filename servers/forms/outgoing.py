"""The forms of an outgoing server."""

from typing import Any, ClassVar

from django import forms

from mailhub.lib.headers import clean_header
from servers.endpoints import Security
from servers.forms.incoming import IncomingServerForm
from servers.forms.oauth import NEEDS_ENCRYPTION
from servers.forms.servers import ServerForm
from servers.models import IncomingServer, OutgoingServer
from servers.oauth.sharing import may_share

_OTHER_DOMAIN = (
    "The sign-in of the incoming server was entered for {host}, and this server belongs to somebody else. "
    "Enter another sign-in for it."
)
_SIGN_IN = frozenset({"username", "password"})


class OutgoingServerForm(ServerForm):
    """An SMTP server, and as whom a mailbox sends through it (SPEC M11)."""

    class Meta:
        model = OutgoingServer
        fields: ClassVar = [
            "name", "from_address", "display_name", "reply_to", "envelope_from",
            "host", "port", "security", "authenticate", "username",
        ]  # fmt: skip
        labels: ClassVar = {"security": "Encryption", "authenticate": "Sign in to this server"}
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
        self._shared_with = self._incoming_with_oauth()
        if self._shared_with is not None:
            is_shared = self.instance.oauth_id == self._shared_with.oauth_id
            label = "Use the sign-in of the incoming server (OAuth)"
            self.fields["same_sign_in"] = forms.BooleanField(label=label, required=False, initial=is_shared)

    def clean_name(self) -> str:
        return clean_header(self.cleaned_data["name"])

    def clean_display_name(self) -> str:
        return clean_header(self.cleaned_data["display_name"])

    def clean(self) -> dict[str, Any]:
        has_own_name = self._signs_in() and not self._shares_sign_in()
        if has_own_name and "username" not in self.errors and not self.cleaned_data.get("username"):
            self.add_error("username", "Enter the user name.")
        return super().clean()

    def _signs_in(self) -> bool:
        return bool(self.cleaned_data.get("authenticate"))

    def _incoming_with_oauth(self) -> IncomingServer | None:
        """Return the incoming server of the mailbox where it signs in with OAuth."""
        found = IncomingServer.objects.filter(
            mailbox_id=self.instance.mailbox_id, is_primary=True, oauth__isnull=False
        ).select_related("oauth")
        return found.first() if self.instance.mailbox_id is not None else None

    def _shares_sign_in(self) -> bool:
        return self._shared_with is not None and bool(self.cleaned_data.get("same_sign_in"))

    def _share_sign_in(self) -> None:
        incoming = self._shared_with
        assert incoming is not None
        assert incoming.oauth is not None
        host = self.cleaned_data.get("host", "")
        if self.cleaned_data.get("security") == Security.NONE:
            self.add_error("security", NEEDS_ENCRYPTION)
        if host and not may_share(incoming.oauth.provider, entered_for=incoming.host, host=host):
            self.add_error("host", _OTHER_DOMAIN.format(host=incoming.host))
        self.cleaned_data["username"] = incoming.username
        self.instance.oauth = incoming.oauth
        self.instance.password = None


class FirstOutgoingServerForm(OutgoingServerForm):
    """The outgoing server of a mailbox that is being added: it may sign in as the incoming one does."""

    same_sign_in = forms.BooleanField(label="Same sign-in as for receiving", required=False, initial=True)

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
        self._ignore_sign_in_fields()
        if _SIGN_IN.intersection(self._incoming.errors) or _has_oauth_errors(self._incoming):
            # Said once, beside the field where it can be mended.
            self.add_error(None, "Enter the sign-in for receiving first, or another one for sending.")
            self.cleaned_data["authenticate"] = False
            return
        self.cleaned_data["oauth_enabled"] = False
        if self._incoming.instance.oauth is not None:
            self._shared_with = self._incoming.instance
            return
        for name in _SIGN_IN:
            self.cleaned_data[name] = self._incoming.cleaned_data[name]


def _has_oauth_errors(form: IncomingServerForm) -> bool:
    return any(name.startswith("oauth_") for name in form.errors)
