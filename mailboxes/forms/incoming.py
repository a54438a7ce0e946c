"""The form that changes the incoming server of a mailbox."""

from typing import Any

from django import forms

from mailboxes.forms.fetching import FetchingForm
from servers.failures import FailureKind
from servers.models import IncomingServer, OutgoingServer
from servers.oauth.sharing import may_share


class ChangedIncomingForm(FetchingForm):
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
        """The outgoing servers that get the new sign-in of the valid form too: none without a new password or OAuth.

        A token is not for servers of somebody else (SECURITY B100).
        """
        oauth = self.instance.oauth
        if not self.cleaned_data.get("also_sending"):
            return []
        if oauth is None:
            return self._sending if self.cleaned_data["password"] else []
        host = self.instance.host
        return [server for server in self._sending if may_share(oauth.provider, entered_for=host, host=server.host)]


def _with_same_doubtful_sign_in(incoming: IncomingServer) -> list[OutgoingServer]:
    """Return the outgoing servers of the mailbox whose same sign-in never worked, or is refused now."""
    servers = OutgoingServer.objects.filter(
        mailbox_id=incoming.mailbox_id, authenticate=True, username=incoming.username
    ).order_by("-is_default", "created_at", "id")
    refused = FailureKind.SIGN_IN_REFUSED
    return [server for server in servers if server.last_success_at is None or server.last_failure_kind == refused]
