"""What was done for a mail of ours, and what people are told about it (SPEC M18)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mailboxes.smime.words import Line

# Of those that a line names.
_MOST_NAMED = 5


@dataclass(frozen=True)
class SentSmime:
    """How a mail of ours went out. Fingerprints are the SHA-256 of certificates, in hexadecimal."""

    is_signed: bool = False
    is_encrypted: bool = False
    signer_name: str = ""
    signer_address: str = ""
    issuer_name: str = ""
    # Of the certificate that signed.
    fingerprint: str = ""
    # Whom it was encrypted for, with the certificates; ourselves not among them.
    encrypted_for: tuple[tuple[str, str], ...] = ()
    # Of the certificate of our own that it was encrypted for as well.
    opened_with: str = ""
    # Whoever changes it on its way is noticed by those who open it (AES-GCM).
    is_authenticated: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what a message keeps of it; empty for mail that is neither signed nor encrypted."""
        return asdict(self) if self.is_signed or self.is_encrypted else {}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> SentSmime:
        """Read what `as_json` made; fields that are not known any more are left out."""
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        known["encrypted_for"] = tuple((address, print_) for address, print_ in known.get("encrypted_for", ()))
        return cls(**known)


def lines(sent: SentSmime, *, unable: tuple[str, ...] = (), is_closed: bool = False) -> list[Line]:
    """Return what a message of ours shows: of its encryption first, then of its signature.

    `unable` are those who got it too and cannot open it; `is_closed` when we ourselves cannot open it any more.
    """
    found: list[Line] = []
    if sent.is_encrypted:
        found.append(_encryption(sent, unable, is_closed=is_closed))
    if sent.is_signed:
        words = f"Signed as {sent.signer_name or sent.signer_address}"
        found.append(Line(words, "shield-check", "works", is_of_signature=True))
    return found


def named(addresses: tuple[str, ...]) -> str:
    """Return addresses as a part of a sentence, the first few by name."""
    shown = addresses if len(addresses) <= _MOST_NAMED + 1 else addresses[:_MOST_NAMED]
    rest = len(addresses) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def _encryption(sent: SentSmime, unable: tuple[str, ...], *, is_closed: bool) -> Line:
    words = f"Encrypted for {named(tuple(address for address, _fingerprint in sent.encrypted_for))}"
    if is_closed:
        reason = "The key that opens it here is gone: upload it again under Settings → Certificates."
        return Line(f"{words}; not readable here any more", "lock", "needs", reason)
    if unable:
        reason = f"{named(unable)} got a copy as well, and cannot open it without a key of one of these."
        return Line(words, "lock", "works", reason)
    return Line(words, "lock", "works")
