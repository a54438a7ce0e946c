"""What it means when a provider gives no token (RFC 6749 §5.2)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mailhub.lib.http import HttpFailure, Problem, Response
from mailhub.lib.secret import Secret
from servers.failures import FailureKind, Operation, ServerFailure

# A provider that says nothing about it is asked again after this time; so is one that refused, in case that somebody
# mends it there. Never sooner, however many servers use the same sign-in.
USUAL_PAUSE = timedelta(seconds=30)
PAUSE_AFTER_REFUSAL = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(hours=1)

_KINDS: Mapping[Problem, FailureKind] = {
    Problem.REFUSED: FailureKind.EGRESS_REFUSED,
    Problem.CERTIFICATE: FailureKind.CERTIFICATE,
    Problem.TOO_LARGE: FailureKind.PROTOCOL,
    Problem.PROTOCOL: FailureKind.PROTOCOL,
}

_PASSING_ERRORS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})

_CONNECT_AGAIN = "Connect again, or enter a new refresh token: the saved one is not accepted any more."
_ADVICE = {
    "invalid_grant": _CONNECT_AGAIN,
    "interaction_required": "Connect again: the provider wants the account's owner to sign in.",
    "consent_required": "Connect again, or have an administrator of the provider grant the permission.",
    "invalid_client": "Check client id and client secret; a client secret also expires.",
    "unauthorized_client": "Check client id and client secret, and that this client may use this method.",
    "invalid_scope": "Check the scope.",
}
_REFUSED_ADVICE = "Check the OAuth settings: client id, client secret, directory and scope."


class TokenFailure(ServerFailure):
    """There is no access token. `pause` is how long nobody should ask again.

    `needs_reconnect` says that a person has to do something before asking again makes sense.
    """

    def __init__(
        self,
        kind: FailureKind,
        words: str,
        *,
        advice: str = "",
        pause: timedelta = USUAL_PAUSE,
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        super().__init__(Operation.TOKEN, kind, words, advice=advice, secrets=secrets)
        self.pause = min(pause, _LONGEST_PAUSE)

    @property
    def needs_reconnect(self) -> bool:
        return self.kind == FailureKind.SIGN_IN_REFUSED


def failure_of_transport(failure: HttpFailure) -> TokenFailure:
    """Say why the token endpoint gave no answer at all."""
    advice = "Check the token endpoint." if failure.problem in _KINDS else ""
    return TokenFailure(_KINDS.get(failure.problem, FailureKind.TRANSIENT), failure.words, advice=advice)


def failure_of_answer(response: Response, secrets: tuple[Secret, ...]) -> TokenFailure:
    """Say what the token endpoint answered instead of a token, in its own words."""
    said = _said(response)
    error = str(said.get("error") or "")
    words = _words(error, str(said.get("error_description") or ""))
    is_busy = response.status in {408, 429} or response.status >= 500
    if is_busy or error in _PASSING_ERRORS:
        words = words or f"The token endpoint answered with status {response.status}."
        return TokenFailure(FailureKind.TRANSIENT, words, pause=_pause(response), secrets=secrets)
    if error:
        advice = _ADVICE.get(error, _REFUSED_ADVICE)
        return TokenFailure(
            FailureKind.SIGN_IN_REFUSED, words, advice=advice, pause=PAUSE_AFTER_REFUSAL, secrets=secrets
        )
    return TokenFailure(
        FailureKind.PROTOCOL,
        f"The token endpoint answered with status {response.status} and nothing that says why.",
        advice="Check the token endpoint, or the directory (tenant id).",
    )


def _said(response: Response) -> Mapping[str, Any]:
    try:
        said = response.json()
    except HttpFailure:
        return {}
    return said if isinstance(said, dict) else {}


def _words(error: str, description: str) -> str:
    """Return both; Microsoft's trace id and time differ each time and would make each failure another one."""
    text = description.partition("Trace ID:")[0].strip()
    return f"{error}: {text}" if error and text else error or text


def _pause(response: Response) -> timedelta:
    """Return what Retry-After asks for in seconds (RFC 9110 §10.2.3)."""
    asked = response.headers.get("retry-after", "").strip()
    return max(timedelta(seconds=int(asked)), USUAL_PAUSE) if asked.isdecimal() and len(asked) < 9 else USUAL_PAUSE
