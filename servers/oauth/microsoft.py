"""Access tokens for Office365, asked for with msal over our own transport.

msal wants to look up the directory and the realm of the user before it asks for a token. Both answers are known here,
so that it speaks to the token endpoint only.
"""

import json
from collections.abc import Mapping
from typing import Any

import msal

from servers.oauth.endpoint import TokenEndpoint
from servers.oauth.grants import Grant, Tokens
from servers.oauth.providers import endpoints_of

_DISCOVERY = "/.well-known/openid-configuration"
_REALM = "/common/userrealm/"


def with_password(grant: Grant) -> Tokens:
    """Return an access token for user name and password ("API username/password"); raise TokenFailure."""
    endpoint = TokenEndpoint(grant.endpoint, grant.secrets)
    client = msal.PublicClientApplication(grant.client_id, **_options(grant, endpoint))
    client.acquire_token_by_username_password(grant.username, grant.password.reveal(), scopes=_scopes(grant))
    return endpoint.tokens()


def with_client_secret(grant: Grant) -> Tokens:
    """Return an access token for the client itself; raise TokenFailure."""
    endpoint = TokenEndpoint(grant.endpoint, grant.secrets)
    client = msal.ConfidentialClientApplication(
        grant.client_id, client_credential=grant.client_secret.reveal(), **_options(grant, endpoint)
    )
    client.acquire_token_for_client(scopes=_scopes(grant))
    return endpoint.tokens()


def _options(grant: Grant, endpoint: TokenEndpoint) -> dict[str, Any]:
    """Return what both kinds of clients have in common; each is used once, so its cache ends with it."""
    return {
        "authority": grant.endpoint.removesuffix("/oauth2/v2.0/token"),
        "instance_discovery": False,
        "http_client": _Transport(grant, endpoint),
        "token_cache": msal.TokenCache(),
    }


def _scopes(grant: Grant) -> list[str]:
    return (grant.scope or endpoints_of(grant.provider).default_scope).split()


class _Answer:
    """An answer as msal reads it."""

    def __init__(self, status_code: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = dict(headers or {})

    def raise_for_status(self) -> None:
        """Do nothing: refusals were raised before msal saw them."""


class _Transport:
    """Sends to the token endpoint and nowhere else."""

    def __init__(self, grant: Grant, endpoint: TokenEndpoint) -> None:
        self._directory = grant.directory
        self._endpoint = endpoint

    def get(self, url: str, **_options: Any) -> _Answer:
        """Answer what msal looks up first."""
        if url.endswith(_DISCOVERY):
            return _Answer(200, json.dumps(self._configuration()))
        if _REALM in url:
            # No realm of its own: the password goes to the token endpoint, and not to a federated server that somebody
            # else names.
            return _Answer(404, "")
        raise ValueError(f"msal wants to read {url}, which is not the token endpoint.")

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: Any,
    ) -> _Answer:
        """Ask for the token."""
        if url != self._endpoint.url:
            raise ValueError(f"msal wants to write to {url}, which is not the token endpoint.")
        form = {name: str(value) for name, value in (data or {}).items()}
        sent = {name: str(value) for name, value in (headers or {}).items() if value}
        response = self._endpoint.post(form, sent)
        return _Answer(response.status, response.body.decode(), response.headers)

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _configuration(self) -> dict[str, str]:
        endpoints = endpoints_of("office365", directory=self._directory)
        return {"authorization_endpoint": endpoints.authorization, "token_endpoint": self._endpoint.url}
