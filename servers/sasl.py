"""SASL mechanisms that carry an OAuth access token: OAUTHBEARER (RFC 7628), and XOAUTH2, which came before it."""

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from servers.endpoints import Endpoint, SignIn

OAUTHBEARER = "OAUTHBEARER"
XOAUTH2 = "XOAUTH2"

# A challenge is a short JSON object; more is not looked at.
_LONGEST_CHALLENGE = 4096


@dataclass(frozen=True)
class Bearer:
    """What is sent to sign in with a token, and what answers the challenge that explains a refusal."""

    mechanism: str
    response: bytes
    # OAUTHBEARER wants one octet before it says NO (RFC 7628 §3.2.3), XOAUTH2 an empty line.
    after_refusal: bytes


@dataclass(frozen=True)
class Challenge:
    """Why a token was refused, as the server says in the JSON of its challenge."""

    words: str = ""
    is_passing: bool = False


def bearer(offered: Collection[str], endpoint: Endpoint, sign_in: SignIn) -> Bearer | None:
    """Return what signs in with the token of `sign_in`; None when the server offers no mechanism for tokens."""
    names = {name.upper() for name in offered}
    token = sign_in.password.reveal()
    if OAUTHBEARER in names:
        # "," and "=" have a meaning in the header of GS2 (RFC 5801 §4).
        identity = sign_in.username.replace("=", "=3D").replace(",", "=2C")
        text = f"n,a={identity},\x01host={endpoint.host}\x01port={endpoint.port}\x01auth=Bearer {token}\x01\x01"
        return Bearer(OAUTHBEARER, text.encode(), after_refusal=b"\x01")
    if XOAUTH2 in names:
        text = f"user={sign_in.username}\x01auth=Bearer {token}\x01\x01"
        return Bearer(XOAUTH2, text.encode(), after_refusal=b"")
    return None


def read_encoded_challenge(text: str) -> Challenge:
    """Read a challenge that is still in base64."""
    try:
        return read_challenge(base64.b64decode(text))
    except ValueError:
        return Challenge()


def read_challenge(octets: bytes) -> Challenge:
    """Read the challenge that precedes a refusal (RFC 7628 §3.2.2); what cannot be read says nothing."""
    try:
        found = json.loads(octets[:_LONGEST_CHALLENGE])
    except (ValueError, RecursionError):
        return Challenge()
    if not isinstance(found, dict):
        return Challenge()
    status = _text(found.get("status"))
    said = {"status": status, "scope": _text(found.get("scope"))}
    words = ", ".join(f"{name}: {value}" for name, value in said.items() if value)
    return Challenge(words, is_passing=status == "429" or (len(status) == 3 and status.startswith("5")))


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int) else ""
