"""Opening encrypted mail with the keys of an account (RFC 5652 §6, RFC 5083, RFC 8551 §2.7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mailboxes.smime.agreeing import NotAgreed, unwrap
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.cms import Algorithm, Enveloped, Recipient
from mailboxes.smime.states import EncryptionState
from mailboxes.smime.verifying import NotReadHere, hash_algorithm, is_named
from mailhub.lib.secret import Secret


@dataclass(frozen=True)
class Identity:
    """A certificate of the account, and how to get its private key (PEM, not encrypted) once it is needed."""

    certificate: Certificate
    private_key: Callable[[], Secret]


@dataclass(frozen=True)
class Decrypted:
    """What trying to open gave. `content` is None unless the state is DECRYPTED."""

    state: EncryptionState
    content: bytes | None = None
    reason: str = ""
    # The fingerprint of the certificate whose key opened it.
    opened_with: str = ""


def decrypt(enveloped: Enveloped, identities: Sequence[Identity]) -> Decrypted:
    """Try the key of each recipient that is one of ours; never raises for what is wrong with the mail."""
    if not _is_known_cipher(enveloped):
        return Decrypted(EncryptionState.UNSUPPORTED, reason=f"Its cipher ({enveloped.cipher[:40]}) is not read here.")
    failures: list[Decrypted] = []
    for recipient in enveloped.recipients:
        for identity in identities:
            if recipient.kind not in _READ_KINDS or not is_named(recipient.certificate, identity.certificate):
                continue
            opened = _open(enveloped, recipient, identity)
            if opened.content is not None:
                return opened
            failures.append(opened)
    if failures:
        return failures[0]
    if all(one.kind not in _READ_KINDS for one in enveloped.recipients):
        return Decrypted(EncryptionState.UNSUPPORTED, reason=_ANOTHER_KIND)
    return Decrypted(EncryptionState.NO_KEY)


def _open(enveloped: Enveloped, recipient: Recipient, identity: Identity) -> Decrypted:
    try:
        key = load_pem_private_key(identity.private_key().reveal().encode(), password=None)
        content = _deciphered(enveloped, _content_key(recipient, key))
    except (NotReadHere, NotAgreed, UnsupportedAlgorithm) as error:
        return Decrypted(EncryptionState.UNSUPPORTED, reason=str(error))
    except (ValueError, InvalidTag):
        # One answer for a wrong key, wrong padding and changed octets (RFC 3218).
        return Decrypted(EncryptionState.BROKEN, reason="It is damaged, or was changed on its way.")
    return Decrypted(EncryptionState.DECRYPTED, content, opened_with=identity.certificate.fingerprint)


def _content_key(recipient: Recipient, key: PrivateKeyTypes) -> bytes:
    if recipient.kind == "ktri" and isinstance(key, rsa.RSAPrivateKey):
        return key.decrypt(recipient.encrypted_key, _padding(recipient.algorithm))
    if recipient.agreement is not None and isinstance(key, ec.EllipticCurvePrivateKey):
        return unwrap(recipient.agreement, recipient.encrypted_key, key)
    raise NotReadHere(_ANOTHER_KIND)


def _padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm.name == "rsaes_pkcs1v15":
        return padding.PKCS1v15()
    if algorithm.name == "rsaes_oaep":
        mask = padding.MGF1(hash_algorithm(algorithm.mask_hash))
        return padding.OAEP(mask, hash_algorithm(algorithm.hash), algorithm.label or None)
    raise NotReadHere(f"The way its key travels ({algorithm.name[:40]}) is not read here.")


def _is_known_cipher(enveloped: Enveloped) -> bool:
    # Only GCM has a tag, and without one GCM proves nothing.
    return enveloped.cipher in (_BLOCK_CIPHERS if enveloped.mac is None else _GCM_KEY_BYTES)


def _deciphered(enveloped: Enveloped, key: bytes) -> bytes:
    if enveloped.mac is not None:
        if len(key) != _GCM_KEY_BYTES[enveloped.cipher]:
            raise ValueError("The key has another length than the cipher.")
        # The tag may be cut to 12 octets (RFC 5084 §3.2).
        mode = modes.GCM(enveloped.nonce, enveloped.mac, min_tag_length=_SHORTEST_TAG)
        opener = Cipher(AES(key), mode).decryptor()
        opener.authenticate_additional_data(enveloped.authenticated)
        return opener.update(enveloped.ciphertext) + opener.finalize()
    algorithm, key_bytes = _BLOCK_CIPHERS[enveloped.cipher]
    # RSA answers wrong padding with random octets of any length, so that nobody learns from it.
    if len(key) != key_bytes:
        raise ValueError("The key has another length than the cipher.")
    cipher = algorithm(key)
    decryptor = Cipher(cipher, modes.CBC(enveloped.nonce)).decryptor()
    unpadder = block_padding.PKCS7(cipher.block_size).unpadder()
    padded = decryptor.update(enveloped.ciphertext) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


# RSA transports the key (RFC 5652 §6.2.1), or an elliptic curve agrees on one (§6.2.2).
_READ_KINDS = ("ktri", "kari")
_ANOTHER_KIND = "It was encrypted for another kind of key than RSA or an elliptic curve."
_BLOCK_CIPHERS: dict[str, tuple[Callable[[bytes], AES | TripleDES], int]] = {
    "aes128_cbc": (AES, 16),
    "aes192_cbc": (AES, 24),
    "aes256_cbc": (AES, 32),
    "tripledes_3key": (TripleDES, 24),
}
_SHORTEST_TAG = 12
_GCM_KEY_BYTES = {"aes128_gcm": 16, "aes192_gcm": 24, "aes256_gcm": 32}
