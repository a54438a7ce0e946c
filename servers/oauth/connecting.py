"""Consent in the browser: authorization code with PKCE (RFC 6749 §4.1, RFC 7636, RFC 9700; SECURITY TC14)."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Membership
from servers.failures import clean_words
from servers.models import IncomingServer, OAuthConsent, OAuthCredential, OutgoingServer
from servers.models.oauth import CONSENT_TIME, digest
from servers.oauth import standard
from servers.oauth.failures import TokenFailure
from servers.oauth.grants import Grant, Tokens
from servers.oauth.providers import (
    CONNECT_WITH,
    Endpoints,
    Method,
    OperatorClient,
    Provider,
    endpoints_of,
    operator_client,
)

# What makes the provider give a refresh token, and where it names the account.
_ASK_FOR: Mapping[str, Mapping[str, str]] = {
    Provider.GMAIL: {"access_type": "offline", "prompt": "consent"},
    Provider.OFFICE365: {"response_mode": "query"},
}
# Microsoft lets an administrator write any address into "email", so that only the name to sign in with counts.
_ADDRESS_CLAIM: Mapping[str, str] = {Provider.GMAIL: "email", Provider.OFFICE365: "preferred_username"}
_DIRECTORY = re.compile(r"[A-Za-z0-9.-]+")


class ConsentRefused(Exception):
    """Nothing was connected; the message says why, for the person who tried. `server` is where they came from."""

    def __init__(self, message: str, server: IncomingServer | OutgoingServer | None = None) -> None:
        super().__init__(message)
        self.server = server


@dataclass(frozen=True)
class Answer:
    """What the browser brought back from the provider (RFC 6749 §4.1.2, RFC 9207)."""

    state: str
    code: str = ""
    iss: str = ""
    error: str = ""
    error_description: str = ""


@dataclass(frozen=True)
class Visit:
    """Who is asking: a person, in one session of their browser, and where the provider sends them back to."""

    membership: Membership
    session_key: str
    redirect_uri: str


def begin(server: IncomingServer | OutgoingServer, visit: Visit, *, now: datetime) -> str:
    """Note what was begun, and return the address at the provider; raise ConsentRefused."""
    credential = server.oauth
    if credential is None or credential.method != Method.CONNECTED:
        raise ConsentRefused("This server is not set up to be connected in the browser.", server)
    client = _client_of(credential.provider, server)
    state, verifier, nonce = (secrets.token_urlsafe(48) for _ in range(3))
    # The newest one counts, and what nobody finished goes.
    OAuthConsent.objects.filter(credential=credential).delete()
    OAuthConsent.objects.filter(expires_at__lt=now).delete()
    consent = OAuthConsent(
        tenant_id=server.tenant_id,
        credential=credential,
        membership=visit.membership,
        incoming_server=server if isinstance(server, IncomingServer) else None,
        outgoing_server=server if isinstance(server, OutgoingServer) else None,
        provider=credential.provider,
        state_digest=digest(state),
        session_digest=digest(visit.session_key),
        nonce=nonce,
        expires_at=now + CONSENT_TIME,
    )
    consent.verifier = Secret(verifier)
    consent.save(force_insert=True)
    endpoints = endpoints_of(credential.provider)
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": visit.redirect_uri,
        "scope": endpoints.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": server.username,
        **_ASK_FOR[credential.provider],
    }
    return f"{endpoints.authorization}?{urlencode(asked)}"


def finish(provider: Provider, answer: Answer, visit: Visit, *, now: datetime) -> IncomingServer | OutgoingServer:
    """Take the provider's answer, once, and connect the server that it was begun for; raise ConsentRefused."""
    consent = _taken(answer, visit, now=now)
    server = consent.server
    name = CONNECT_WITH[provider]
    if consent.provider != provider:
        raise ConsentRefused(f"This answer did not come from {name}. Nothing was connected.", server)
    if answer.error or not answer.code:
        words = clean_words(f"{answer.error}: {answer.error_description}".strip(": ")) or "no code"
        raise ConsentRefused(f"{name} did not agree: {words}", server)
    endpoints = endpoints_of(provider)
    if answer.iss and not _is_issuer(answer.iss, endpoints):
        raise ConsentRefused(f"This answer does not name {name} as its issuer. Nothing was connected.", server)
    tokens = _redeemed(consent, answer, visit, server)
    claims = _claims_of(tokens, consent, endpoints, server, now=now)
    if answer.iss and answer.iss != claims["iss"]:
        raise ConsentRefused(f"The answer and the ID token of {name} have two issuers. Nothing was connected.", server)
    _check_account(claims, provider, server)
    if tokens.refresh_token is None:
        words = (
            f"{name} gave no refresh token. Take mailhub's access away in the account's settings there, and try again."
        )
        raise ConsentRefused(words, server)
    credential: OAuthCredential = consent.credential
    credential.connect(tokens, directory=str(claims.get("tid", "")), now=now)
    return server


def _taken(answer: Answer, visit: Visit, *, now: datetime) -> OAuthConsent:
    """Return what was begun, and see to it that nobody takes it a second time."""
    begun = OAuthConsent.objects.begun(state=answer.state, session_key=visit.session_key, now=now)
    consent = (
        begun.filter(membership=visit.membership)
        .select_related("credential", "incoming_server__mailbox", "outgoing_server__mailbox")
        .first()
    )
    if consent is None or not OAuthConsent.objects.filter(pk=consent.pk).delete()[0]:
        raise ConsentRefused(
            "This answer belongs to no connection that you have begun here within the last minutes. Nothing was "
            "connected: open the settings of the server and press “Connect” again."
        )
    return consent


def _redeemed(consent: OAuthConsent, answer: Answer, visit: Visit, server: IncomingServer | OutgoingServer) -> Tokens:
    client = _client_of(consent.provider, server)
    grant = Grant(Provider(consent.provider), Method.CONNECTED, client.client_id, client.secret)
    verifier = consent.verifier.reveal().reveal()
    try:
        return standard.redeem(grant, code=answer.code, redirect_uri=visit.redirect_uri, verifier=verifier)
    except TokenFailure as failure:
        name = CONNECT_WITH[consent.provider]
        raise ConsentRefused(f"{name} gave no token: {failure.words}", server) from None


def _claims_of(
    tokens: Tokens,
    consent: OAuthConsent,
    endpoints: Endpoints,
    server: IncomingServer | OutgoingServer,
    *,
    now: datetime,
) -> Mapping[str, Any]:
    """Return what the ID token says, once it is ours.

    It came from the token endpoint over TLS, which takes the place of its signature (OpenID Connect Core §3.1.3.7).
    """
    claims = _payload_of(tokens.id_token)
    expires = claims.get("exp")
    is_ours = (
        claims.get("aud") == _client_of(consent.provider, server).client_id
        and claims.get("iss") == _issuer(endpoints, str(claims.get("tid", "")))
        and hmac.compare_digest(str(claims.get("nonce", "")).encode(), consent.nonce.encode())
        and isinstance(expires, int | float)
        and expires > now.timestamp()
    )
    if not is_ours:
        name = CONNECT_WITH[consent.provider]
        raise ConsentRefused(f"The ID token of {name} is not valid. Nothing was connected.", server)
    return claims


def _check_account(claims: Mapping[str, Any], provider: Provider, server: IncomingServer | OutgoingServer) -> None:
    """Refuse the account of somebody else: its mail would come in, or go out, under a wrong address."""
    address = str(claims.get(_ADDRESS_CLAIM[provider], "")).strip()
    expected = {server.username.lower(), server.mailbox.address.lower()}
    is_verified = provider != Provider.GMAIL or claims.get("email_verified") in (True, "true")
    if address.lower() not in expected or not is_verified:
        words = clean_words(address) or "somebody without an address"
        message = f"You signed in as {words}, but this server is for {server.username}. Nothing was connected."
        raise ConsentRefused(message, server)


def _client_of(provider: str, server: IncomingServer | OutgoingServer) -> OperatorClient:
    client = operator_client(provider)
    if client is None:
        raise ConsentRefused(f"“Connect with {CONNECT_WITH.get(provider, '')}” is not set up here.", server)
    return client


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _issuer(endpoints: Endpoints, directory: str) -> str:
    return endpoints.issuer.replace("{tid}", directory)


def _is_issuer(text: str, endpoints: Endpoints) -> bool:
    before, _, after = endpoints.issuer.partition("{tid}")
    if before == endpoints.issuer:
        return text == before
    is_framed = text.startswith(before) and text.endswith(after)
    return is_framed and bool(_DIRECTORY.fullmatch(text[len(before) : len(text) - len(after)]))


def _payload_of(id_token: Secret | None) -> Mapping[str, Any]:
    """Return the claims of a JSON Web Token (RFC 7519 §3); none when it cannot be read."""
    try:
        payload = (id_token.reveal() if id_token else "").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
