"""The way to a provider and back, as the tests of connecting go it."""

from django.test import Client
from django.urls import reverse

from servers.models import IncomingServer, OAuthCredential
from servers.oauth.providers import Method, Provider
from tests.factories import Cast, make_incoming, make_oauth

ADDRESS = "ada@harbor.example"
CALLBACKS = {
    Provider.GMAIL: reverse("mailboxes:oauth-callback-google"),
    Provider.OFFICE365: reverse("mailboxes:oauth-callback-microsoft"),
}
NAMES = {Provider.GMAIL: "Google", Provider.OFFICE365: "Microsoft"}


def unconnected(cast: Cast, provider: Provider = Provider.GMAIL) -> IncomingServer:
    credential = make_oauth(cast.mailbox, provider=provider, method=Method.CONNECTED, username=ADDRESS)
    return make_incoming(cast.mailbox, oauth=credential, username=ADDRESS)


def leave(browser: Client, server: IncomingServer) -> str:
    """Press the button; return the address at the provider."""
    answer = browser.post(reverse("mailboxes:incoming-connect", args=[server.mailbox_id, server.pk]))
    assert answer.status_code == 200
    return str(answer.context["address"])


def come_back(browser: Client, brought: dict[str, str], provider: Provider = Provider.GMAIL) -> list[str]:
    """Open the way back; return what the person is told."""
    answer = browser.get(CALLBACKS[provider], brought, follow=True)
    return [str(message) for message in answer.context["messages"]]


def is_connected(server: IncomingServer) -> bool:
    return OAuthCredential.objects.get(pk=server.oauth_id).is_connected
