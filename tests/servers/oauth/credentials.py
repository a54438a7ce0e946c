"""OAuth sign-ins that the token server of the tests knows."""

from mailboxes.models import Mailbox
from servers.models import OAuthCredential
from servers.oauth.providers import Method, Provider
from tests.factories import make_oauth
from tests.realservers.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

ADDRESS = "ada@harbor.example"


def by_refresh_token(mailbox: Mailbox, server: TokenServer, address: str = ADDRESS) -> OAuthCredential:
    """Return a sign-in with Gmail whose refresh token is good."""
    return make_oauth(
        mailbox,
        provider=Provider.GMAIL,
        method=Method.REFRESH_TOKEN,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        refresh_token=server.new_refresh_token(address),
    )
