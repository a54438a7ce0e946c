"""The form of an incoming server."""

from typing import Any, ClassVar

from django import forms

from mailhub.lib.headers import clean_header
from servers.endpoints import DEFAULT_PORTS, Protocol, Security
from servers.forms.servers import ENTER_PASSWORD, ServerForm
from servers.models import IncomingServer

ACCOUNT_TAKEN = "Another mailbox fetches this account already (same host and user name)."


class IncomingServerForm(ServerForm):
    """An account on an IMAP or POP3 server. A new form starts at POP3, port 110, no TLS (SPEC M5)."""

    class Meta:
        model = IncomingServer
        fields: ClassVar = ["name", "protocol", "host", "port", "security", "username", "comments"]
        labels: ClassVar = {"security": "Encryption"}
        help_texts: ClassVar = {"name": "For you to recognise it by. Without one, its host is shown."}
        widgets: ClassVar = {"comments": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Often the e-mail address, but not always."
        self.fields["host"].widget.attrs["placeholder"] = "pop.example.com"
        if self._saved_place is None and not (self.is_bound and self.data.get(self.add_prefix("oauth_enabled"))):
            self.fields["password"].required = True
            self.fields["password"].error_messages["required"] = ENTER_PASSWORD

    def clean_name(self) -> str:
        return clean_header(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "host" in cleaned and "username" in cleaned and self._account_is_taken():
            self.add_error("username", ACCOUNT_TAKEN)
        return cleaned

    @property
    def protocol(self) -> Protocol:
        return Protocol(self.instance.protocol)

    def _account_is_taken(self) -> bool:
        account = {"host__iexact": self.cleaned_data["host"], "username": self.cleaned_data["username"]}
        return IncomingServer.objects.filter(**account).exclude(pk=self.instance.pk).exists()

    def _offer_encryption_only(self) -> None:
        super()._offer_encryption_only()
        if self.is_new:
            self.initial.update(security=Security.TLS, port=DEFAULT_PORTS[Protocol.POP3, Security.TLS])
