"""What people are told about the S/MIME of a mail."""

from __future__ import annotations

from dataclasses import dataclass

from mailboxes.smime.states import EncryptionState, SignatureState, SmimeResult


@dataclass(frozen=True)
class Line:
    """One line on a message: its words, an icon, and how it went ("works", "waits" or "needs").

    `is_of_signature` tells a line about who signed from one about encryption. `may_change` says that a key or an
    authority that is added later could change it.
    """

    words: str
    icon: str
    tone: str
    reason: str = ""
    is_of_signature: bool = False
    may_change: bool = False


def lines(result: SmimeResult) -> list[Line]:
    """Return what a message shows: of its encryption first, then of its signature."""
    return [*_encryption(result), *_signature(result)]


def _encryption(result: SmimeResult) -> list[Line]:
    known = _ENCRYPTION.get(result.encryption)
    if known is None:
        return []
    words, icon, tone = known
    may_change = result.encryption is not EncryptionState.PARTIAL and not result.is_decrypted
    return [Line(words, icon, tone, result.encryption_reason, may_change=may_change)]


def _signature(result: SmimeResult) -> list[Line]:
    signer = result.signer_name or result.signer_address or "somebody without a name"
    address = result.signer_address
    issuer = result.issuer_name or "an unnamed authority"
    on = f", {result.signed_at:%-d %b %Y}" if result.signed_at is not None else ""
    said = {
        SignatureState.VALID: (f"Signed by {signer}, verified by {issuer}{on}", "shield-check", "works"),
        SignatureState.UNTRUSTED: (f"Signed by {signer}; nobody here trusts {issuer}", "shield-question", "waits"),
        SignatureState.INVALID: ("The signature does not fit", "shield-x", "needs"),
        SignatureState.ANOTHER_ADDRESS: (
            f"Signed by another address than the sender's: {address or signer}",
            "shield-x",
            "needs",
        ),
        SignatureState.EXPIRED: (
            f"Signed by {signer} with a certificate that was not valid",
            "shield-question",
            "waits",
        ),
        SignatureState.UNSUPPORTED: ("Signed in a way that cannot be checked here", "shield-question", "waits"),
        SignatureState.PARTIAL: (
            "Only a part of this mail is signed, so the signature says nothing about the rest",
            "shield-question",
            "waits",
        ),
    }.get(result.signature)
    if said is None:
        return []
    words, icon, tone = said
    reason = result.signature_reason
    if result.signature is SignatureState.INVALID:
        words, reason = f"{words}: {_in_sentence(reason)}", ""
    if result.is_weak:
        words += " (with an outdated algorithm)"
    may_change = result.signature in (SignatureState.UNTRUSTED, SignatureState.UNSUPPORTED)
    return [Line(words, icon, tone, reason, is_of_signature=True, may_change=may_change)]


def _in_sentence(reason: str) -> str:
    return reason[:1].lower() + reason[1:].removesuffix(".")


_ENCRYPTION = {
    EncryptionState.DECRYPTED: ("Encrypted; opened here", "lock-open", "works"),
    EncryptionState.NO_KEY: (
        "Encrypted for a key that is not here: upload it under Settings → Certificates",
        "lock",
        "waits",
    ),
    EncryptionState.UNSUPPORTED: ("Encrypted, and not readable here", "lock", "waits"),
    EncryptionState.BROKEN: ("Encrypted or signed, and too damaged to open", "lock", "needs"),
    EncryptionState.PARTIAL: (
        "A part of this mail is encrypted. It is not opened beside parts that are not: download it below",
        "lock",
        "waits",
    ),
}
