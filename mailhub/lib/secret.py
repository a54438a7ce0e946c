"""Secrets that do not show themselves, and words from which a secret is taken out."""

import base64
import hmac
import re
from typing import Any, NoReturn, SupportsIndex

MASK = "••••"

# A shorter piece of base64 is found by chance in ordinary words.
_SHORTEST_BASE64 = 4


class Secret:
    """A password or token in memory; only `reveal` shows it, so that logs and tracebacks cannot."""

    __slots__ = ("_value",)

    def __init__(self, str_value: str) -> None:
        self._value = str_value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return format(MASK, format_spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_octets(self._value), _octets(other._value))

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be serialised: a task argument or a cache entry is no place for a secret."""
        raise TypeError("A Secret cannot be serialised.")


def mask(text: str, *secrets: Secret) -> str:
    """Return `text` with every secret in it masked, also inside base64 such as SASL PLAIN (SECURITY B107, B108)."""
    for secret in secrets:
        value = secret.reveal()
        if not value:
            continue
        # Quoted strings of IMAP escape backslash and quotation mark (RFC 3501 §4.3).
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        for form in sorted({value, quoted}, key=len, reverse=True):
            text = text.replace(form, MASK)
        pattern = _base64_pattern(_octets(value))
        if pattern is not None:
            text = pattern.sub(MASK, text)
    return text


def _base64_pattern(value: bytes) -> re.Pattern[str] | None:
    """Return a pattern of all base64 words that contain `value` at any offset; None when it is too short to tell."""
    cores = []
    for offset in range(3):
        # Base64 turns three octets into four characters; only whole groups do not depend on what stands around them.
        aligned = value[-offset % 3 :]
        core = base64.b64encode(aligned[: len(aligned) - len(aligned) % 3]).decode("ascii")
        if len(core) >= _SHORTEST_BASE64:
            cores.append(re.escape(core))
    whole = base64.b64encode(value).decode("ascii")
    if len(whole) >= _SHORTEST_BASE64:
        cores.append(re.escape(whole))
    if not cores:
        return None
    return re.compile(f"[A-Za-z0-9+/]*(?:{'|'.join(cores)})[A-Za-z0-9+/]*=*")


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
