"""One request to a token endpoint. Whoever builds it, a client library or we, errors are translated here."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mailhub.lib import http
from mailhub.lib.secret import Secret
from servers.failures import FailureKind
from servers.oauth.failures import TokenFailure, failure_of_answer, failure_of_transport
from servers.oauth.grants import Tokens

# A poll has to end within its lease, and it may have to ask twice.
TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 64 * 1024

# Where the provider does not say how long a token lives, and the longest that we believe.
_USUAL_LIFETIME = timedelta(minutes=10)
_LONGEST_LIFETIME = timedelta(days=1)


class TokenEndpoint:
    """The address that gives tokens. `answer` is what it said last."""

    def __init__(self, url: str, secrets: tuple[Secret, ...]) -> None:
        """`secrets` are masked in whatever the endpoint says."""
        self.url = url
        self._secrets = secrets
        self.answer: Mapping[str, Any] = {}

    def post(self, form: Mapping[str, str] | bytes, headers: Mapping[str, str] | None = None) -> http.Response:
        """Send the form; return an answer that has an access token, or raise TokenFailure."""
        try:
            response = http.request(
                "POST",
                self.url,
                headers={"Accept": "application/json", **(headers or {})},
                data=form,
                timeout=TIMEOUT_SECONDS,
                max_bytes=_MOST_BYTES,
            )
        except http.HttpFailure as failure:
            # Not chained: what is below holds the request, and so the secrets.
            raise failure_of_transport(failure) from None
        self.answer = self._checked(response)
        return response

    def tokens(self) -> Tokens:
        """Return what the last answer gave."""
        return Tokens(
            access_token=Secret(self.answer["access_token"]),
            lifetime=_lifetime(self.answer.get("expires_in")),
            refresh_token=_secret(self.answer.get("refresh_token")),
            id_token=_secret(self.answer.get("id_token")),
        )

    def _checked(self, response: http.Response) -> Mapping[str, Any]:
        if response.status != 200:
            raise failure_of_answer(response, self._secrets)
        try:
            answer = json.loads(response.body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TokenFailure(FailureKind.PROTOCOL, "The token endpoint does not answer with JSON.")
        if not _is_token(answer.get("access_token")):
            raise failure_of_answer(response, self._secrets)
        return answer


def _is_token(value: Any) -> bool:
    """Tell whether it can be sent to a mail server: visible ASCII without spaces (RFC 6750 §2.1)."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value and value != ""


def _secret(value: Any) -> Secret | None:
    return Secret(value) if isinstance(value, str) and value else None


def _lifetime(seconds: Any) -> timedelta:
    try:
        lifetime = timedelta(seconds=int(seconds))
    except (TypeError, ValueError, OverflowError):
        return _USUAL_LIFETIME
    return max(timedelta(0), min(lifetime, _LONGEST_LIFETIME))
