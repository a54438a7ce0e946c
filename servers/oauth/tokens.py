"""The one door to access tokens: which client asks, by provider and method."""

from collections.abc import Callable, Mapping

from servers.oauth import google, microsoft, standard
from servers.oauth.grants import Grant, Tokens
from servers.oauth.providers import Method, Provider

_CLIENTS: Mapping[tuple[Provider, Method], Callable[[Grant], Tokens]] = {
    (Provider.UNKNOWN, Method.REFRESH_TOKEN): standard.refresh,
    (Provider.GMAIL, Method.REFRESH_TOKEN): google.refresh,
    (Provider.GMAIL, Method.CONNECTED): google.refresh,
    (Provider.OFFICE365, Method.PASSWORD): microsoft.with_password,
    (Provider.OFFICE365, Method.CLIENT_SECRET): microsoft.with_client_secret,
    (Provider.OFFICE365, Method.CONNECTED): standard.refresh,
}


def obtain(grant: Grant) -> Tokens:
    """Ask the provider for an access token; raise TokenFailure, whose words are the provider's own."""
    return _CLIENTS[grant.provider, grant.method](grant)
