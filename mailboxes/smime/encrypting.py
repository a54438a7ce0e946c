"""Encrypts mail: application/pkcs7-mime with enveloped-data (RFC 8551 §3.3, §3.4)."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.x509.oid import PublicKeyAlgorithmOID

from mailboxes.smime import building
from mailboxes.smime.capabilities import AES_256_GCM
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.entities import base64_lines, split
from mailboxes.smime.limits import MAX_RSA_BITS

# RFC 8551 §4.2 leaves shorter ones to what is read from the past.
MIN_RSA_BITS = 2048


class CannotEncrypt(Exception):
    """A certificate is not one to encrypt for; the words say why."""


@dataclass(frozen=True)
class Reader:
    """Whoever shall be able to open a mail, and the algorithms that they said they can open."""

    certificate: Certificate
    capabilities: Collection[str] = ()


def encryption_obstacle(certificate: Certificate) -> str:
    """Return why nothing is encrypted for this certificate, as the end of a sentence; "" when it is."""
    if not certificate.is_for_mail:
        return "was not issued for mail"
    key = certificate.public_key
    usage = certificate.extension(x509.KeyUsage)
    if isinstance(key, rsa.RSAPublicKey):
        if certificate.x509.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
            return "is for signing alone"
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            return f"has a key of {key.key_size} bits, and we encrypt for {MIN_RSA_BITS} to {MAX_RSA_BITS}"
        return "" if usage is None or usage.key_encipherment else "is for signing alone"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return "" if usage is None or usage.key_agreement else "is for signing alone"
    return "has a key of a kind that we cannot encrypt for"


def encrypt(raw: bytes, readers: Sequence[Reader]) -> bytes:
    """Return the mail with its content encrypted, so that the readers can open it and nobody else.

    Header fields stay outside, readable. Authenticated (AES-256-GCM) when every reader can open that, otherwise
    AES-256-CBC, which all mail programs open. Raises CannotEncrypt.
    """
    certificates = tuple(dict.fromkeys(one.certificate for one in readers))
    if not certificates:
        raise CannotEncrypt("There is nobody to encrypt for.")
    for certificate in certificates:
        obstacle = encryption_obstacle(certificate)
        if obstacle:
            raise CannotEncrypt(f"The certificate of {certificate.name or 'somebody without a name'} {obstacle}.")
    outside, entity = split(raw)
    if is_authenticated(readers):
        kind, structure = b"authEnveloped-data", _authenticated(entity, certificates)
    else:
        kind, structure = b"enveloped-data", _enveloped(entity, certificates)
    return b"".join(
        (
            outside,
            b"MIME-Version: 1.0\r\n",
            b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b";\r\n name=smime.p7m\r\n",
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-Disposition: attachment; filename=smime.p7m\r\n\r\n",
            base64_lines(structure),
        )
    )


def is_authenticated(readers: Sequence[Reader]) -> bool:
    """Whether every reader can open what is encrypted and authenticated at once (RFC 8551 §2.5.2, RFC 5083)."""
    return all(AES_256_GCM in one.capabilities for one in readers)


def _enveloped(entity: bytes, certificates: Sequence[Certificate]) -> bytes:
    key, nonce = os.urandom(_KEY_BYTES), os.urandom(_BLOCK_BYTES)
    padder = block_padding.PKCS7(_BLOCK_BYTES * 8).padder()
    encryptor = Cipher(AES(key), modes.CBC(nonce)).encryptor()
    ciphertext = b"".join(
        (encryptor.update(padder.update(entity)), encryptor.update(padder.finalize()), encryptor.finalize())
    )
    return building.enveloped_data(key, certificates, nonce=nonce, ciphertext=ciphertext)


def _authenticated(entity: bytes, certificates: Sequence[Certificate]) -> bytes:
    key, nonce = os.urandom(_KEY_BYTES), os.urandom(_GCM_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, entity, None)
    ciphertext, mac = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    return building.authenticated_enveloped_data(key, certificates, nonce=nonce, ciphertext=ciphertext, mac=mac)


_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1, ec.BrainpoolP256R1, ec.BrainpoolP384R1, ec.BrainpoolP512R1)
_KEY_BYTES = 32
_BLOCK_BYTES = 16
_GCM_NONCE_BYTES = 12
_TAG_BYTES = 16
