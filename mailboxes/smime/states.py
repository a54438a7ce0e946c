"""What opening S/MIME gave: states, and the facts that people are told (SPEC M18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

# What lists show of encrypted mail: a snippet stands in the database unsealed.
ENCRYPTED_SNIPPET = "Encrypted mail"


class SignatureState(StrEnum):
    """What a signature is worth. All but `VALID` are a reason to look twice."""

    NONE = "none"
    # It fits, the chain leads to a trusted authority, and the certificate names the address in From.
    VALID = "valid"
    # It fits, and nobody here trusts who issued the certificate.
    UNTRUSTED = "valid_untrusted"
    # The content is not what was signed, or the signature was not made with this certificate.
    INVALID = "invalid"
    # It fits, and the certificate belongs to another address than the one in From.
    ANOTHER_ADDRESS = "another_address"
    # It fits; the certificate was not valid when the mail came.
    EXPIRED = "expired"
    # An algorithm or a structure that is not read here.
    UNSUPPORTED = "unsupported"
    # Something was added around the part that is signed, so no judgement covers what is shown.
    PARTIAL = "partial"


class EncryptionState(StrEnum):
    """Whether encrypted mail could be opened."""

    NONE = "none"
    DECRYPTED = "decrypted"
    # Encrypted for certificates whose keys are not here.
    NO_KEY = "no_key"
    # An algorithm that is not read here.
    UNSUPPORTED = "unsupported"
    # The key is here and does not open it, or it is no S/MIME at all.
    BROKEN = "broken"
    # The encrypted part stands beside clear ones: it stays an attachment, because mixing both would let whoever
    # changed the mail on its way read the decrypted part ("Efail", CVE-2017-17689).
    PARTIAL = "partial"


@dataclass(frozen=True)
class SmimeResult:
    """What is known about the S/MIME of one mail. `reason` is a sentence for people; "" when there is nothing to add.

    `entity_sha256` names the entity inside that is shown instead of the mail as it came, and that positions of
    attachments refer to; "" when the mail is shown as it came.
    `fingerprint` is the SHA-256 of the signer's certificate, in hexadecimal.
    """

    signature: SignatureState = SignatureState.NONE
    encryption: EncryptionState = EncryptionState.NONE
    signer_name: str = ""
    signer_address: str = ""
    issuer_name: str = ""
    fingerprint: str = ""
    # As the signer's clock says it; proven by nobody.
    signed_at: datetime | None = None
    # An algorithm for which two contents with one signature can be made, such as SHA-1.
    is_weak: bool = False
    entity_sha256: str = ""
    signature_reason: str = ""
    encryption_reason: str = ""
    # The certificate of our own whose key opened it.
    opened_with: str = ""

    @property
    def is_empty(self) -> bool:
        return self.signature is SignatureState.NONE and self.encryption is EncryptionState.NONE and not self.is_opened

    @property
    def is_opened(self) -> bool:
        return bool(self.entity_sha256)

    @property
    def is_decrypted(self) -> bool:
        return self.encryption is EncryptionState.DECRYPTED

    def as_json(self) -> dict[str, Any]:
        """Return what a message keeps of it; empty for mail without S/MIME."""
        if self.is_empty:
            return {}
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        kept["signed_at"] = self.signed_at.isoformat() if self.signed_at is not None else None
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in kept.items()}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> SmimeResult:
        """Read what `as_json` made; fields that are not known any more are left out."""
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        if known.get("signed_at"):
            known["signed_at"] = datetime.fromisoformat(known["signed_at"])
        known["signature"] = SignatureState(known.get("signature", "none"))
        known["encryption"] = EncryptionState(known.get("encryption", "none"))
        return cls(**known)


def concealed_content(kept: dict[str, Any]) -> str:
    """Return what names the content of a mail that came encrypted and was opened; "" for others.

    The snippet of such a mail says nothing about it, so that two of them are told apart by this.
    """
    result = SmimeResult.from_json(kept)
    return result.entity_sha256 if result.is_decrypted else ""
