"""Forms of incoming and outgoing servers. A secret goes in and never comes out again (SPEC M19)."""

from servers.forms.incoming import ACCOUNT_TAKEN, IncomingServerForm
from servers.forms.outgoing import FirstOutgoingServerForm, OutgoingServerForm
from servers.forms.servers import ENTER_PASSWORD, ENTER_PASSWORD_AGAIN, ServerForm

__all__ = [
    "ACCOUNT_TAKEN",
    "ENTER_PASSWORD",
    "ENTER_PASSWORD_AGAIN",
    "FirstOutgoingServerForm",
    "IncomingServerForm",
    "OutgoingServerForm",
    "ServerForm",
]
