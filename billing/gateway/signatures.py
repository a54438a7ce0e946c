"""Signatures on the provider's events: `t=1700000000,v1=<hex>`, HMAC-SHA-256 over `t.body` (SECURITY B127)."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from billing.gateway.port import EventRefused
from mailhub.lib.secret import Secret

TOLERANCE = timedelta(seconds=300)

_SCHEME = "v1"
# A header with more of them is no header of a provider.
_MOST_PARTS = 20


def check_signature(body: bytes, header: str, secrets: Iterable[Secret], *, now: datetime) -> None:
    """Raise EventRefused unless one of the secrets signed the body, at most five minutes ago or ahead.

    Several secrets are valid while one is being replaced, and several signatures stand in the header meanwhile.
    """
    signed_at, signatures = _read(header)
    text = str(signed_at).encode() + b"." + body
    expected = [hmac.new(one.reveal().encode(), text, hashlib.sha256).hexdigest().encode() for one in secrets]
    if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in signatures):
        raise EventRefused("The event is not signed with a secret of ours.")
    if abs(now.timestamp() - signed_at) > TOLERANCE.total_seconds():
        raise EventRefused("The event was signed too long ago.")


def _read(header: str) -> tuple[int, list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")[:_MOST_PARTS]]
    moments = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode("utf-8", "replace") for name, _, value in pairs if name == _SCHEME]
    if len(moments) != 1 or not moments[0].isascii() or not moments[0].isdigit() or len(moments[0]) > 12:
        raise EventRefused("The signature says not when it was made.")
    return int(moments[0]), signatures
