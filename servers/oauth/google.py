"""Access tokens for Gmail, asked for with google-auth over our own transport."""

from collections.abc import Mapping
from typing import Any

from google.auth import transport
from google.oauth2.credentials import Credentials

from mailhub.lib import http
from servers.oauth.endpoint import TokenEndpoint
from servers.oauth.grants import Grant, Tokens


def refresh(grant: Grant) -> Tokens:
    """Return an access token for the refresh token of `grant`; raise TokenFailure."""
    endpoint = TokenEndpoint(grant.endpoint, grant.secrets)
    credentials = Credentials(
        token=None,
        refresh_token=grant.refresh_token.reveal(),
        token_uri=grant.endpoint,
        client_id=grant.client_id,
        client_secret=grant.client_secret.reveal(),
    )
    credentials.refresh(_Transport(endpoint))
    return endpoint.tokens()


class _Answer(transport.Response):
    """An answer as google-auth reads it."""

    def __init__(self, response: http.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def data(self) -> bytes:
        return self._response.body


class _Transport(transport.Request):
    """Sends to the token endpoint and nowhere else, and raises on refusals, so that google-auth repeats nothing."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> _Answer:
        if (method, url) != ("POST", self._endpoint.url):
            raise ValueError(f"google-auth wants to {method} {url}, which is not the token endpoint.")
        return _Answer(self._endpoint.post(body or b"", headers))
