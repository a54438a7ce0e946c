"""Builds cryptographic messages (RFC 5652, RFC 5083) as DER."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from asn1crypto import algos, cms, core
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mailboxes.smime import agreeing
from mailboxes.smime.agreeing import issuer_and_serial_number
from mailboxes.smime.capabilities import AES_256_GCM, OUR_CAPABILITIES
from mailboxes.smime.certificates import Certificate


def signed_attributes(digest: bytes, *, at: datetime) -> bytes:
    """Return the attributes to sign for content with this SHA-256, as the DER of a SET (RFC 5652 §5.4)."""
    capabilities = cms.SMIMECapabilites([{"capability_id": oid} for oid in OUR_CAPABILITIES])
    # Years are two digits until 2049 (§11.3).
    second = at.astimezone(UTC).replace(microsecond=0)
    time = cms.Time({"utc_time": second}) if second.year < _LAST_UTC_TIME else cms.Time({"generalized_time": second})
    values = [
        ("content_type", cms.ContentType("data")),
        ("message_digest", core.OctetString(digest)),
        ("signing_time", time),
        ("smime_capabilities", capabilities),
    ]
    return cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values]).dump()


def signed_data(certificate: Certificate, chain: Sequence[Certificate], attributes: bytes, signature: bytes) -> bytes:
    """Return a signature with SHA-256 over content that stands elsewhere, with the certificates that judge it."""
    is_rsa = isinstance(certificate.public_key, rsa.RSAPublicKey)
    sha256 = {"algorithm": "sha256"}
    signer = {
        "version": "v1",
        "sid": ("issuer_and_serial_number", issuer_and_serial_number(certificate)),
        "digest_algorithm": sha256,
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15" if is_rsa else "sha256_ecdsa"},
        "signature": signature,
    }
    certificates = [
        cms.CertificateChoices("certificate", cms.Certificate.load(one.der)) for one in (certificate, *chain)
    ]
    data = {
        "version": "v1",
        "digest_algorithms": [sha256],
        "encap_content_info": {"content_type": "data"},
        "certificates": certificates,
        "signer_infos": [signer],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


def enveloped_data(
    content_key: bytes, certificates: Sequence[Certificate], *, nonce: bytes, ciphertext: bytes
) -> bytes:
    """Return content that was encrypted with AES-256-CBC and this key, for the holders of certificates."""
    infos = _recipient_infos(content_key, certificates)
    # RFC 5652 §6.1.
    version = cms.CMSVersion("v2" if any(one.name == "kari" for one in infos) else "v0")
    algorithm = algos.EncryptionAlgorithm({"algorithm": "aes256_cbc", "parameters": core.OctetString(nonce)})
    data = _sequence([version.dump()], [infos.dump()], _encrypted(algorithm, ciphertext))
    return b"".join(_content_info("enveloped_data", data))


def authenticated_enveloped_data(
    content_key: bytes, certificates: Sequence[Certificate], *, nonce: bytes, ciphertext: bytes, mac: bytes
) -> bytes:
    """Return content that was encrypted with AES-256-GCM and this key, for the holders of certificates."""
    infos = _recipient_infos(content_key, certificates)
    parameters = _GcmParameters({"nonce": nonce, "mac_length": len(mac)})
    algorithm = algos.EncryptionAlgorithm({"algorithm": AES_256_GCM, "parameters": parameters})
    data = _sequence(
        # RFC 5083 §2.1.
        [cms.CMSVersion("v0").dump()],
        [infos.dump()],
        _encrypted(algorithm, ciphertext),
        [core.OctetString(mac).dump()],
    )
    return b"".join(_content_info("authenticated_enveloped_data", data))


# A structure around megabytes is a list of pieces until it is complete: the library copies its content for each level.
_Pieces = list[bytes]


def _content_info(kind: str, data: _Pieces) -> _Pieces:
    return _sequence([cms.ContentType(kind).dump()], _element(_CONSTRUCTED_0, data))


def _encrypted(algorithm: algos.EncryptionAlgorithm, ciphertext: bytes) -> _Pieces:
    """Return EncryptedContentInfo (RFC 5652 §6.1)."""
    return _sequence([cms.ContentType("data").dump(), algorithm.dump()], _element(_PRIMITIVE_0, [ciphertext]))


def _sequence(*members: _Pieces) -> _Pieces:
    return _element(_SEQUENCE, [piece for member in members for piece in member])


def _element(tag: int, content: _Pieces) -> _Pieces:
    size = sum(len(piece) for piece in content)
    if size < _LONG:
        return [bytes([tag, size]), *content]
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return [bytes([tag, _LONG | len(octets)]) + octets, *content]


def _recipient_infos(content_key: bytes, certificates: Sequence[Certificate]) -> cms.RecipientInfos:
    return cms.RecipientInfos([_recipient_info(content_key, one) for one in certificates])


def _recipient_info(content_key: bytes, certificate: Certificate) -> cms.RecipientInfo:
    public = certificate.public_key
    if not isinstance(public, rsa.RSAPublicKey):
        return agreeing.recipient_info(content_key, certificate)
    info = {
        "version": "v0",
        "rid": ("issuer_and_serial_number", issuer_and_serial_number(certificate)),
        "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15"},
        "encrypted_key": public.encrypt(content_key, padding.PKCS1v15()),
    }
    return cms.RecipientInfo("ktri", cms.KeyTransRecipientInfo(info))


class _GcmParameters(core.Sequence):
    """RFC 5084 §3.2."""

    _fields = [("nonce", core.OctetString), ("mac_length", core.Integer, {"default": 12})]


_LAST_UTC_TIME = 2050
# Tags and lengths (X.690 §8.1).
_SEQUENCE, _CONSTRUCTED_0, _PRIMITIVE_0, _LONG = 0x30, 0xA0, 0x80, 0x80
