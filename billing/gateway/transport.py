"""Carries what the provider's library asks over our own way out: egress control, one deadline, nothing retried."""

from collections.abc import Mapping
from typing import Any

import stripe

from mailhub.lib import http

# Seconds. A charge waits for the bank of the card's holder.
TIMEOUT = 40.0
_MOST_BYTES = 4 * 1024 * 1024
# What is said, and no more: the library would tell its own name, the machine's and a number of the installation.
_HEADERS = frozenset({"authorization", "content-type", "idempotency-key", "stripe-version"})


class Transport(stripe.HTTPClient):
    """The library's HTTP client."""

    name = "mailhub"

    def __init__(self, *, allows_http: bool) -> None:
        super().__init__()
        self._schemes = ("https", "http") if allows_http else http.HTTPS_ONLY

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request; raises APIConnectionError, which is never retried here: whoever asks has a schedule."""
        said = {name: value for name, value in (headers or {}).items() if name.lower() in _HEADERS}
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = http.request(
                method.upper(),
                url,
                headers=said,
                data=body,
                timeout=TIMEOUT,
                max_bytes=_MOST_BYTES,
                schemes=self._schemes,
            )
        except http.HttpFailure as failure:
            raise stripe.APIConnectionError(failure.words, should_retry=False) from failure
        return answer.body.decode("utf-8", "replace"), answer.status, answer.headers

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""
