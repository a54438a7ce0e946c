"""Signs mail: multipart/signed with a detached signature (RFC 8551 §3.5.3)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import PublicKeyAlgorithmOID

from mailboxes.smime import building
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.decrypting import Identity
from mailboxes.smime.entities import base64_lines, split, steadied


class CannotSign(Exception):
    """The key does not sign; the words say why."""


def signing_obstacle(certificate: Certificate) -> str:
    """Return why nothing is signed with the key of this certificate, as the end of a sentence; "" when it is."""
    if not certificate.may_sign or not certificate.is_for_mail:
        return "was not issued for signing mail"
    key = certificate.public_key
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return "has a key of a kind that we cannot sign with"
    if certificate.x509.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
        return "has a key that signs in RSA-PSS alone, which few mail programs can check"
    return ""


def sign(raw: bytes, identity: Identity, *, chain: Sequence[Certificate] = (), at: datetime) -> bytes:
    """Return the mail with a signature that covers its content, and the certificates that lead to an authority.

    Header fields stay outside, unsigned and readable. Raises CannotSign, or Unreadable for a mail beyond the limits.
    """
    outside, inside = split(raw)
    entity = steadied(inside)
    structure = _signature(entity, identity, chain, at=at)
    boundary = _boundary(entity)
    return b"".join(
        (
            outside,
            b"MIME-Version: 1.0\r\n",
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n',
            b' micalg=sha-256; boundary="' + boundary + b'"\r\n\r\n',
            b"--" + boundary + b"\r\n",
            entity,
            b"\r\n--" + boundary + b"\r\n",
            _SIGNATURE_HEADER,
            base64_lines(structure),
            b"--" + boundary + b"--\r\n",
        )
    )


def _signature(entity: bytes, identity: Identity, chain: Sequence[Certificate], *, at: datetime) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(entity)
    attributes = building.signed_attributes(digest.finalize(), at=at)
    signature = _signed(attributes, identity)
    # Whoever trusts the authority at the end has it.
    between = [one for one in chain if not one.is_self_issued and one != identity.certificate]
    return building.signed_data(identity.certificate, between, attributes, signature)


def _signed(octets: bytes, identity: Identity) -> bytes:
    obstacle = signing_obstacle(identity.certificate)
    if obstacle:
        raise CannotSign(f"The certificate {obstacle}.")
    key = load_pem_private_key(identity.private_key().reveal().encode(), password=None)
    if key.public_key() != identity.certificate.public_key:
        raise CannotSign("The certificate and its key do not belong together.")
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(octets, ec.ECDSA(hashes.SHA256()))


def _boundary(entity: bytes) -> bytes:
    """Return a boundary that the entity does not contain."""
    while True:
        boundary = b"=_signed_" + secrets.token_hex(16).encode()
        if boundary not in entity:
            return boundary


_SIGNATURE_HEADER = b"".join(
    (
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename=smime.p7s\r\n\r\n",
    )
)
