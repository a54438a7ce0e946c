"""Signs a mail, encrypts it, or both: signed first, so that only its readers learn who signed (RFC 8551 §3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailboxes.smime.certificates import Certificate
from mailboxes.smime.decrypting import Identity
from mailboxes.smime.encrypting import CannotEncrypt, Reader, encrypt
from mailboxes.smime.limits import MAX_STRUCTURE_BYTES
from mailboxes.smime.signing import CannotSign, sign

__all__ = ["CannotEncrypt", "CannotProtect", "CannotSign", "Reader", "Signatory", "protect"]


class CannotProtect(Exception):
    """The mail as a whole cannot be signed or encrypted; the words say why."""


@dataclass(frozen=True)
class Signatory:
    """Whose key signs, and the certificates between theirs and its authority."""

    identity: Identity
    chain: tuple[Certificate, ...] = ()


def protect(raw: bytes, *, signatory: Signatory | None, readers: Sequence[Reader], at: datetime) -> bytes:
    """Return the mail signed if there is a signatory, and encrypted if there are readers.

    `raw` is as `composing.compose` returns it; so is the result. Raises CannotSign, CannotEncrypt, or CannotProtect for
    a mail that would be too large for anybody to open.
    """
    if signatory is not None:
        raw = sign(raw, signatory.identity, chain=signatory.chain, at=at)
    if readers:
        raw = encrypt(raw, readers)
    if len(raw) > MAX_STRUCTURE_BYTES:
        raise CannotProtect(f"Signed or encrypted, it would have {len(raw) // 2**20} MB, which is too large to open.")
    return raw
