"""Access tokens from any provider that follows the standard (RFC 6749 §6 and §4.1.3)."""

from servers.oauth.endpoint import TokenEndpoint
from servers.oauth.grants import Grant, Tokens


def refresh(grant: Grant) -> Tokens:
    """Return an access token for the refresh token of `grant`; raise TokenFailure."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh_token.reveal(),
        "client_id": grant.client_id,
        "client_secret": grant.client_secret.reveal(),
        "scope": grant.scope,
    }
    return _asked(grant, form)


def redeem(grant: Grant, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Return the tokens for an authorization code and its proof (RFC 7636 §4.5); raise TokenFailure."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": grant.client_id,
        "client_secret": grant.client_secret.reveal(),
    }
    return _asked(grant, form)


def _asked(grant: Grant, form: dict[str, str]) -> Tokens:
    endpoint = TokenEndpoint(grant.endpoint, grant.secrets)
    # A public client has no secret, and an empty scope is no scope (RFC 6749 §3.3).
    endpoint.post({name: value for name, value in form.items() if value})
    return endpoint.tokens()
