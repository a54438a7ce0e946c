"""The form of an outgoing server that sends through the platform (SPEC M12)."""

from typing import ClassVar

from django import forms

from mailhub.lib.headers import clean_header
from servers.models import OutgoingServer
from servers.models.outgoing import Transport


class PlatformServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """As whom to send. Host and sign-in are the operator's, so nothing of them is asked or kept."""

    class Meta:
        model = OutgoingServer
        fields: ClassVar = ["from_address", "display_name", "name", "reply_to"]
        widgets: ClassVar = {
            "from_address": forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "support@example.com"}),
            "display_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "reply_to": forms.EmailInput(attrs={"autocomplete": "off"}),
        }
        labels: ClassVar = {
            "from_address": "From address",
            "display_name": "Display name",
            "name": "Name of this server",
            "reply_to": "Reply-To",
        }
        help_texts: ClassVar = {
            "display_name": "The name that recipients see before the address.",
            "name": "Your people see it where they choose how to send.",
            "reply_to": "Where answers go, if not to the From address.",
        }

    def clean_name(self) -> str:
        return clean_header(self.cleaned_data["name"])

    def clean_display_name(self) -> str:
        return clean_header(self.cleaned_data["display_name"])

    def prepare(self) -> OutgoingServer:
        """Return the server of the valid form, without a host and a sign-in of its own."""
        server: OutgoingServer = self.instance
        server.transport = Transport.PLATFORM
        server.host, server.authenticate, server.username, server.password = "", False, "", None
        server.envelope_from = ""
        return server
