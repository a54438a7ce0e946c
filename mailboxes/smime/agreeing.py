"""Content keys for elliptic curves: ephemeral-static Diffie-Hellman (RFC 5753), read and built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core, keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from mailboxes.smime.certificates import Certificate


class NotAgreed(ValueError):
    """A way to agree on a key that is not supported, or one that does not fit the key."""


@dataclass(frozen=True)
class Agreement:
    """What a sender says of a shared secret; `wrap` is the DER of the algorithm that wraps the content key with it."""

    scheme: str
    public_point: bytes
    wrap: bytes
    user_keying_material: bytes | None


def read(info: Any) -> Iterator[tuple[Any, bytes, Agreement | None]]:
    """Yield who may open it, the wrapped content key, and the agreement; None where it is none of elliptic curves."""
    agreement = _agreement(info)
    for one in info["recipient_encrypted_keys"]:
        yield one["rid"], one["encrypted_key"].native, agreement


def unwrap(agreement: Agreement, wrapped: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the content key; raise NotAgreed, or ValueError for what is damaged."""
    kdf_hash = _SCHEMES.get(agreement.scheme)
    wrap = cms.KeyEncryptionAlgorithm.load(agreement.wrap)["algorithm"].native
    if kdf_hash is None or wrap not in _WRAPS:
        raise NotAgreed("The way its key was agreed on is not read here.")
    # Raises ValueError for a point that is not on the curve of our key.
    sender = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, agreement.public_point)
    wrapping_key = _wrapping_key(key.exchange(ec.ECDH(), sender), agreement, kdf_hash, _WRAPS[wrap])
    try:
        return aes_key_unwrap(wrapping_key, wrapped)
    except InvalidUnwrap as error:
        raise ValueError("The wrapped key does not open.") from error


def recipient_info(content_key: bytes, certificate: Certificate) -> cms.RecipientInfo:
    """Return how the holder of a certificate gets the content key; its key is one of an elliptic curve."""
    public = certificate.public_key
    assert isinstance(public, ec.EllipticCurvePublicKey)
    ephemeral = ec.generate_private_key(public.curve)
    wrap = cms.KeyEncryptionAlgorithm({"algorithm": "aes256_wrap"})
    agreement = Agreement(_SHA256_SCHEME, _point(ephemeral.public_key()), wrap.dump(), None)
    shared = ephemeral.exchange(ec.ECDH(), public)
    wrapping_key = _wrapping_key(shared, agreement, hashes.SHA256(), _WRAPS["aes256_wrap"])
    return cms.RecipientInfo(
        "kari",
        cms.KeyAgreeRecipientInfo(
            {
                "version": "v3",
                "originator": ("originator_key", _public_key_info(ephemeral.public_key())),
                "key_encryption_algorithm": {"algorithm": agreement.scheme, "parameters": wrap},
                "recipient_encrypted_keys": [
                    {
                        "rid": ("issuer_and_serial_number", issuer_and_serial_number(certificate)),
                        "encrypted_key": aes_key_wrap(wrapping_key, content_key),
                    }
                ],
            }
        ),
    )


def issuer_and_serial_number(certificate: Certificate) -> cms.IssuerAndSerialNumber:
    """Return how CMS names a certificate (RFC 5652 §10.2.4)."""
    issuer = cms.Name.load(certificate.issuer)
    return cms.IssuerAndSerialNumber({"issuer": issuer, "serial_number": certificate.serial_number})


def _agreement(info: Any) -> Agreement | None:
    originator = info["originator"]
    if originator.name != "originator_key":
        return None
    algorithm = info["key_encryption_algorithm"]
    material = info["ukm"]
    return Agreement(
        scheme=algorithm["algorithm"].native,
        # The first octet counts the bits that are not used.
        public_point=_OriginatorKey.load(originator.chosen.untag().dump())["public_key"].contents[1:],
        wrap=algorithm["parameters"].dump(),
        user_keying_material=None if isinstance(material, core.Void) else material.native,
    )


def _wrapping_key(shared: bytes, agreement: Agreement, kdf_hash: hashes.HashAlgorithm, size: int) -> bytes:
    info = _SharedInfo(
        {
            "key_info": cms.KeyEncryptionAlgorithm.load(agreement.wrap),
            "supplementary": (size * 8).to_bytes(4, "big"),
        }
    )
    if agreement.user_keying_material is not None:
        info["entity"] = agreement.user_keying_material
    return X963KDF(kdf_hash, size, info.dump()).derive(shared)


def _public_key_info(key: ec.EllipticCurvePublicKey) -> keys.PublicKeyInfo:
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return keys.PublicKeyInfo.load(encoded)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class _OriginatorKey(core.Sequence):
    """OriginatorPublicKey (RFC 5652 §6.2.2), whose algorithm may leave out the curve."""

    _fields = [("algorithm", core.Any), ("public_key", core.BitString)]


class _SharedInfo(core.Sequence):
    """ECC-CMS-SharedInfo (RFC 5753 §7.2)."""

    _fields = [
        ("key_info", cms.KeyEncryptionAlgorithm),
        ("entity", core.OctetString, {"explicit": 0, "optional": True}),
        ("supplementary", core.OctetString, {"explicit": 2}),
    ]


_SHA256_SCHEME = "1.3.132.1.11.1"
# With and without the cofactor, which is 1 for the curves that certificates have.
_SCHEMES: dict[str, hashes.HashAlgorithm] = {
    "1.3.133.16.840.63.0.2": hashes.SHA1(),  # noqa: S303
    "1.3.133.16.840.63.0.3": hashes.SHA1(),  # noqa: S303
    "1.3.132.1.11.0": hashes.SHA224(),
    "1.3.132.1.14.0": hashes.SHA224(),
    _SHA256_SCHEME: hashes.SHA256(),
    "1.3.132.1.14.1": hashes.SHA256(),
    "1.3.132.1.11.2": hashes.SHA384(),
    "1.3.132.1.14.2": hashes.SHA384(),
    "1.3.132.1.11.3": hashes.SHA512(),
    "1.3.132.1.14.3": hashes.SHA512(),
}
_WRAPS = {"aes128_wrap": 16, "aes192_wrap": 24, "aes256_wrap": 32}
