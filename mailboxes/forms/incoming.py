"""The form that changes the incoming server of a mailbox."""

from typing import Any

from django import forms

from servers.failures import Operation
from servers.forms import IncomingServerForm
from servers.models import IncomingServer, OutgoingServer
from servers.models.health import Health


class ChangedIncomingForm(IncomingServerForm):
    """Offers to mend, together with a wrong sign-in for receiving, the same one for sending."""

    also_sending = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sending = _with_same_doubtful_sign_in(self.instance)
        if not self._sending:
            del self.fields["also_sending"]
            return
        hosts = ", ".join(dict.fromkeys(server.host for server in self._sending))
        self.fields["also_sending"].label = f"A new password is also for sending through {hosts}"

    @property
    def also_for(self) -> list[OutgoingServer]:
        """The outgoing servers that get the new sign-in of the valid form too: none without a new password."""
        is_wanted = self.cleaned_data.get("also_sending") and self.cleaned_data["password"]
        return self._sending if is_wanted else []


def _with_same_doubtful_sign_in(incoming: IncomingServer) -> list[OutgoingServer]:
    """Return the outgoing servers of the mailbox whose same sign-in never worked, or is refused now."""
    servers = OutgoingServer.objects.filter(
        mailbox_id=incoming.mailbox_id, authenticate=True, username=incoming.username
    ).order_by("-is_default", "created_at", "id")
    return [server for server in servers if server.last_success_at is None or _is_refused(server)]


def _is_refused(server: OutgoingServer) -> bool:
    newest = server.errors.order_by("-last_at").first()
    return server.health == Health.FAILING and newest is not None and newest.operation == Operation.SIGN_IN
