"""What we sign in to a server with: the saved password, or an OAuth access token that is good now.

A token is asked for by one worker, however many servers and workers want it at the same moment: whoever holds the lease
asks, all others wait for what the row says then. No transaction is open while the provider is asked.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailhub.lib.secret import Secret
from servers.endpoints import SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer, OAuthCredential, OutgoingServer
from servers.oauth import tokens
from servers.oauth.failures import TokenFailure
from servers.oauth.grants import Tokens

# A little longer than the provider may take to answer.
_LONGEST_WAIT = 12.0
_PAUSE = 0.1
_TOO_LONG = "The provider takes too long to give an access token."


def sign_in_of(server: IncomingServer | OutgoingServer, *, now: datetime) -> SignIn | None:
    """Return what to sign in with; None when an outgoing server asks for nothing.

    Raises ServerFailure: when a saved secret cannot be opened, and with OAuth when the provider gives no token.
    """
    if isinstance(server, OutgoingServer) and not server.authenticate:
        return None
    if server.oauth_id is None:
        return server.sign_in()
    token = access_token(server.oauth_id, now=now)
    return SignIn(username=server.username, password=token, is_token=True)


def sign_in_again(
    server: IncomingServer | OutgoingServer, failure: ServerFailure, refused: SignIn | None, *, now: datetime
) -> SignIn:
    """Return another token after the server refused `refused`; raise `failure` where another one would not help.

    A server says the same of an expired token and of a wrong password, so one fresh token is worth a try.
    """
    is_refused = failure.operation == Operation.SIGN_IN and failure.kind == FailureKind.SIGN_IN_REFUSED
    if not is_refused or refused is None or not refused.is_token or server.oauth_id is None:
        raise failure
    token = access_token(server.oauth_id, now=now, other_than=refused.password)
    return SignIn(username=server.username, password=token, is_token=True)


def access_token(credential_id: uuid.UUID, *, now: datetime, other_than: Secret | None = None) -> Secret:
    """Return an access token that is good now and is not `other_than`, the one that a server refused.

    Raises TokenFailure when the provider gives none, and ServerFailure when a saved secret cannot be opened.
    """
    ends_at = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < ends_at:
        credential = OAuthCredential.objects.get(pk=credential_id)
        token = credential.usable_token(now=now, other_than=other_than)
        if token is not None:
            return token
        paused = credential.paused_failure(now=now)
        if paused is not None:
            raise paused
        lease = credential.claim_refresh()
        if lease is not None:
            return _refresh(credential, lease, now=now)
        time.sleep(_PAUSE)
    raise TokenFailure(FailureKind.TRANSIENT, _TOO_LONG)


def _refresh(credential: OAuthCredential, lease: uuid.UUID, *, now: datetime) -> Secret:
    try:
        obtained = tokens.obtain(credential.grant())
    except TokenFailure as failure:
        credential.note_failure(failure, lease, now=now)
        raise
    except Exception:
        credential.give_back(lease)
        raise
    credential.keep(obtained, lease, now=now)
    return obtained.access_token


# For the connection test


@dataclass(frozen=True)
class Brought:
    """A sign-in, and what was said when it was brought."""

    sign_in: SignIn | None
    words: str = ""


@dataclass(frozen=True)
class Deferred:
    """A sign-in that is brought when a test begins. `bring` raises ServerFailure."""

    bring: Callable[[], Brought]
    is_token: bool = False


def deferred_sign_in(server: IncomingServer | OutgoingServer, *, now: datetime) -> Deferred:
    """Return what a saved server signs in with; a token is asked for anew, because that is to be tested too."""
    asks_for_nothing = isinstance(server, OutgoingServer) and not server.authenticate
    if server.oauth_id is None or asks_for_nothing:
        return Deferred(lambda: Brought(sign_in_of(server, now=now)))
    return deferred_token(server, is_kept=True, now=now)


def deferred_token(server: IncomingServer | OutgoingServer, *, is_kept: bool, now: datetime) -> Deferred:
    """Return a token for the sign-in of `server` as it is in memory.

    `is_kept` says that its refresh token is the saved one, so that another one that comes has to be saved too.
    """
    credential = server.oauth
    assert credential is not None

    def bring() -> Brought:
        obtained = _asked_anew(credential, now=now) if is_kept else tokens.obtain(credential.grant())
        sign_in = SignIn(username=server.username, password=obtained.access_token, is_token=True)
        minutes = obtained.usable_for.total_seconds() / 60
        words = f"The provider gave an access token, which is used for {minutes:.0f} minutes."
        if obtained.refresh_token is not None and not is_kept:
            words += " It gave another refresh token too: if it takes each one only once, save before you test."
        return Brought(sign_in, words)

    return Deferred(bring, is_token=True)


def _asked_anew(credential: OAuthCredential, *, now: datetime) -> Tokens:
    """Ask the provider although there may be a good token; a refusal is the answer to the test and is not kept."""
    ends_at = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < ends_at:
        credential.refresh_from_db(fields=["generation", "refresh_token"])
        lease = credential.claim_refresh()
        if lease is None:
            time.sleep(_PAUSE)
            continue
        try:
            obtained = tokens.obtain(credential.grant())
        except ServerFailure:
            credential.give_back(lease)
            raise
        credential.keep(obtained, lease, now=now)
        return obtained
    raise TokenFailure(FailureKind.TRANSIENT, _TOO_LONG)
