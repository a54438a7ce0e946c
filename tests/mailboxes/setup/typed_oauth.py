"""What a person types into the OAuth part of a server form, and what is saved of it."""

from typing import Any

from django.urls import reverse

from servers.models import IncomingServer, OAuthCredential, OutgoingServer
from servers.oauth.providers import Method, Provider
from tests.mailboxes.setup.typed import SECRET, incoming, outgoing

CLIENT = {"client_id": "client-1", "client_secret": f"{SECRET}-client"}
TYPED: dict[tuple[Provider, Method], dict[str, str]] = {
    (Provider.UNKNOWN, Method.REFRESH_TOKEN): {
        **CLIENT,
        "token_endpoint": "https://login.example.com/token",
        "refresh_token": f"{SECRET}-refresh",
        "scope": "mail",
    },
    (Provider.GMAIL, Method.REFRESH_TOKEN): {**CLIENT, "refresh_token": f"{SECRET}-refresh"},
    (Provider.OFFICE365, Method.PASSWORD): {"client_id": "client-1", "directory": "harbor.example"},
    (Provider.OFFICE365, Method.CLIENT_SECRET): {**CLIENT, "directory": "harbor.example"},
}
WAYS = list(TYPED)
GMAIL = (Provider.GMAIL, Method.REFRESH_TOKEN)
UNKNOWN = (Provider.UNKNOWN, Method.REFRESH_TOKEN)


def oauth(way: tuple[Provider, Method] = GMAIL, prefix: str = "incoming", **changes: str) -> dict[str, str]:
    """Return what is typed into the OAuth part of a server form."""
    provider, method = way
    fields = {"enabled": "on", "provider": provider.value, "method": method.value, **TYPED.get(way, {}), **changes}
    return {f"{prefix}-oauth_{name}": value for name, value in fields.items()}


def receiving(way: tuple[Provider, Method] = GMAIL, **changes: str) -> dict[str, str]:
    """Return the fields of an IMAP server with OAuth; only one way needs the password."""
    password = SECRET if way[1] == Method.PASSWORD else ""
    place = {"protocol": "imap", "host": "imap.gmail.com", "port": "993", "security": "tls", "password": password}
    return incoming(**{**place, **changes}) | oauth(way)


def sending(**changes: str) -> dict[str, str]:
    return outgoing(**{"host": "smtp.gmail.com", "username": "", "password": "", **changes})


def url(server: IncomingServer | OutgoingServer, action: str = "change") -> str:
    kind = "incoming" if isinstance(server, IncomingServer) else "outgoing"
    return reverse(f"mailboxes:{kind}-{action}", args=[server.mailbox_id, server.pk])


def credential_of(server: IncomingServer | OutgoingServer) -> OAuthCredential:
    found = server.refreshed().oauth
    assert found is not None
    return found


def errors(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)
