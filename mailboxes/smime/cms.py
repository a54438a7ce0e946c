"""Cryptographic messages (RFC 5652, RFC 5083, RFC 3274), read into plain values by asn1crypto.

Nothing is checked here but the form.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from asn1crypto import algos, cms, core

from mailboxes.smime import agreeing
from mailboxes.smime.agreeing import Agreement
from mailboxes.smime.capabilities import MAX_CAPABILITIES
from mailboxes.smime.elements import Malformed, check_shape
from mailboxes.smime.limits import (
    MAX_CERTIFICATE_BYTES,
    MAX_CERTIFICATES,
    MAX_RECIPIENTS,
    MAX_SIGNATURE_BYTES,
    MAX_SIGNED_ATTRIBUTES_BYTES,
    MAX_SIGNERS,
    MAX_STRUCTURE_BYTES,
)
from mailboxes.smime.reading import as_malformed

__all__ = ["Certs", "Compressed", "Content", "Enveloped", "Malformed", "Recipient", "Signed", "Signer", "read"]


@dataclass(frozen=True)
class CertificateId:
    """How CMS names a certificate: issuer (DER of its name) and serial number, or the identifier of its key."""

    issuer: bytes = b""
    serial_number: int = 0
    key_identifier: bytes = b""


@dataclass(frozen=True)
class Algorithm:
    """An algorithm by name, with the parameters that matter. Hash names are those of asn1crypto, such as `sha256`."""

    name: str
    hash: str = ""
    mask_hash: str = ""
    salt_length: int = 0
    label: bytes = b""


@dataclass(frozen=True)
class Signer:
    """One signature. `signed_attributes` is what was signed (DER of the SET); None when the content itself was."""

    certificate: CertificateId
    digest_hash: str
    algorithm: Algorithm
    signature: bytes
    signed_attributes: bytes | None
    attribute_digest: bytes | None
    attribute_content_type: str
    signed_at: datetime | None
    # What the signer's program opens: identifiers of algorithms, the best first (RFC 8551 §2.5.2).
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """Signed-data (RFC 5652 §5). `content` is None when it stands elsewhere in the mail."""

    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    signers: tuple[Signer, ...]


@dataclass(frozen=True)
class Certs:
    """Certificates alone, sent to make them known: a degenerate signed-data without signer."""

    certificates: tuple[bytes, ...]


@dataclass(frozen=True)
class Recipient:
    """One recipient: `kind` is "ktri" for a key that RSA transports (RFC 5652 §6.2.1), and "kari" for one on which an
    elliptic curve agreed (§6.2.2), with its `agreement`; others are not read here.
    """

    kind: str
    certificate: CertificateId
    algorithm: Algorithm
    encrypted_key: bytes
    agreement: Agreement | None = None


@dataclass(frozen=True)
class Enveloped:
    """Enveloped-data (§6), or authenticated-enveloped-data (RFC 5083) when it has a `mac`."""

    recipients: tuple[Recipient, ...]
    cipher: str
    nonce: bytes
    ciphertext: bytes
    mac: bytes | None
    authenticated: bytes


@dataclass(frozen=True)
class Compressed:
    """Compressed-data (RFC 3274), decompressed up to the limit of a mail."""

    content: bytes


Content = Signed | Certs | Enveloped | Compressed


def read(ber: bytes) -> Content:
    """Return what the structure holds; raise Malformed when it is none, or one that S/MIME does not use."""
    with as_malformed():
        info = cms.ContentInfo.load(check_shape(ber))
        kind = info["content_type"].native
        reader = _READERS.get(kind)
        if reader is None:
            raise Malformed(f"It holds {kind!s:.60}, which no mail holds.")
        return reader(info["content"])


def _signed(data: Any) -> Signed | Certs:
    certificates = tuple(_certificates(data))
    if not _count(data["signer_infos"], MAX_SIGNERS, "signers"):
        return Certs(certificates)
    inner = data["encap_content_info"]
    return Signed(
        content_type=inner["content_type"].native,
        content=_content_of(inner),
        certificates=certificates,
        signers=tuple(_signer(info) for info in data["signer_infos"]),
    )


def _certificates(data: Any) -> Iterator[bytes]:
    if isinstance(data["certificates"], core.Void):
        return
    _count(data["certificates"], MAX_CERTIFICATES, "certificates")
    for choice in data["certificates"]:
        if choice.name != "certificate":
            continue
        der = choice.chosen.dump()
        if len(der) > MAX_CERTIFICATE_BYTES:
            raise Malformed("One of its certificates is too large.")
        yield der


def _content_of(inner: Any) -> bytes | None:
    content = inner["content"]
    if isinstance(content, core.Void):
        return None
    # PKCS #7 leaves open what stands here; only octets are mail.
    if not isinstance(content, core.OctetString | core.ParsableOctetString):
        content = content.parsed
    if not isinstance(content, core.OctetString | core.ParsableOctetString):
        raise Malformed("What it holds is not a mail.")
    return bytes(content)


def _signer(info: Any) -> Signer:
    attributes = _SignedAttributes.read(info["signed_attrs"])
    signature = info["signature"].native
    if len(signature) > MAX_SIGNATURE_BYTES:
        raise Malformed("Its signature is too long.")
    return Signer(
        certificate=_certificate_id(info["sid"]),
        digest_hash=info["digest_algorithm"]["algorithm"].native,
        algorithm=_signature_algorithm(info["signature_algorithm"]),
        signature=signature,
        signed_attributes=attributes.der,
        attribute_digest=attributes.digest,
        attribute_content_type=attributes.content_type,
        signed_at=attributes.signed_at,
        capabilities=attributes.capabilities,
    )


@dataclass(frozen=True)
class _SignedAttributes:
    der: bytes | None = None
    digest: bytes | None = None
    content_type: str = ""
    signed_at: datetime | None = None
    capabilities: tuple[str, ...] = ()

    @classmethod
    def read(cls, attributes: Any) -> _SignedAttributes:
        if isinstance(attributes, core.Void):
            return cls()
        # Signed is the SET OF, not the [0] that stands in the structure (RFC 5652 §5.4).
        der = attributes.untag().dump()
        if len(der) > MAX_SIGNED_ATTRIBUTES_BYTES:
            raise Malformed("It has too many signed attributes.")
        values: dict[str, Any] = {}
        for attribute in attributes:
            name = attribute["type"].native
            if name in _SINGLE_ATTRIBUTES:
                # Two digests would leave open which of them counts (§11.2).
                if name in values or len(attribute["values"]) != 1:
                    raise Malformed("A signed attribute stands in it twice.")
                values[name] = attribute["values"][0].native
            elif name == "smime_capabilities":
                values[name] = _capabilities(attribute)
        return cls(
            der,
            values.get("message_digest"),
            values.get("content_type", ""),
            _time(values.get("signing_time")),
            values.get("smime_capabilities", ()),
        )


def _capabilities(attribute: Any) -> tuple[str, ...]:
    try:
        with as_malformed():
            return tuple(one["capability_id"].dotted for one in islice(attribute["values"][0], MAX_CAPABILITIES))
    except Malformed:
        # They judge nothing: a signature is as good without them.
        return ()


def _time(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _certificate_id(choice: Any) -> CertificateId:
    chosen = choice.chosen
    if choice.name == "issuer_and_serial_number":
        return CertificateId(issuer=chosen["issuer"].dump(), serial_number=chosen["serial_number"].native)
    return CertificateId(key_identifier=chosen.native)


def _signature_algorithm(algorithm: Any) -> Algorithm:
    name = algorithm["algorithm"].native
    if name == "rsassa_pss":
        parameters = algorithm["parameters"]
        return Algorithm(
            name="rsassa_pss",
            hash=parameters["hash_algorithm"]["algorithm"].native,
            mask_hash=parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native,
            salt_length=parameters["salt_length"].native,
        )
    # An identifier that names its own hash must not differ from the digest algorithm.
    hash_name = name.rpartition("_")[0] if name.endswith(("_rsa", "_ecdsa")) else ""
    return Algorithm(name=name, hash=hash_name)


def _enveloped(data: Any) -> Enveloped:
    return _envelope(data, data["encrypted_content_info"], mac=None, authenticated=b"")


def _authenticated_enveloped(data: Any) -> Enveloped:
    attributes = data["auth_attrs"]
    authenticated = b"" if isinstance(attributes, core.Void) else attributes.untag().dump()
    return _envelope(data, data["auth_encrypted_content_info"], mac=data["mac"].native, authenticated=authenticated)


def _envelope(data: Any, inner: Any, *, mac: bytes | None, authenticated: bytes) -> Enveloped:
    _count(data["recipient_infos"], MAX_RECIPIENTS, "recipients")
    algorithm = inner["content_encryption_algorithm"]
    cipher = algorithm["algorithm"].native
    encrypted = inner["encrypted_content"]
    if isinstance(encrypted, core.Void):
        raise Malformed("Its encrypted content is missing.")
    return Enveloped(
        recipients=_recipients(data["recipient_infos"]),
        cipher=cipher,
        nonce=_nonce(cipher, algorithm["parameters"]),
        ciphertext=encrypted.native,
        mac=mac,
        authenticated=authenticated,
    )


def _nonce(cipher: str, parameters: Any) -> bytes:
    if cipher.endswith("_gcm"):
        nonce = _GcmParameters.load(parameters.dump())["nonce"].native
    elif cipher.endswith("_cbc") or cipher == "tripledes_3key":
        nonce = parameters.native
    else:
        return b""
    if not isinstance(nonce, bytes) or len(nonce) > _MAX_NONCE:
        raise Malformed("The parameters of its cipher are damaged.")
    return nonce


def _recipients(infos: Any) -> tuple[Recipient, ...]:
    found = tuple(islice(chain.from_iterable(_recipients_in(one) for one in infos), MAX_RECIPIENTS + 1))
    _count(found, MAX_RECIPIENTS, "recipients")
    return found


def _recipients_in(choice: Any) -> Iterator[Recipient]:
    info = choice.chosen
    if choice.name == "kari":
        for holder, encrypted_key, agreement in agreeing.read(info):
            yield Recipient("kari", _holder_id(holder), Algorithm(""), encrypted_key, agreement)
        return
    if choice.name != "ktri":
        yield Recipient(choice.name, CertificateId(), Algorithm(""), b"")
        return
    yield Recipient(
        kind="ktri",
        certificate=_certificate_id(info["rid"]),
        algorithm=_transport_algorithm(info["key_encryption_algorithm"]),
        encrypted_key=info["encrypted_key"].native,
    )


def _holder_id(choice: Any) -> CertificateId:
    if choice.name == "r_key_id":
        return CertificateId(key_identifier=choice.chosen["subject_key_identifier"].native)
    return _certificate_id(choice)


def _transport_algorithm(algorithm: Any) -> Algorithm:
    name = algorithm["algorithm"].native
    if name != "rsaes_oaep":
        return Algorithm(name)
    parameters = algorithm["parameters"]
    if isinstance(parameters, core.Void | core.Null):
        parameters = algos.RSAESOAEPParams()
    label = parameters["p_source_algorithm"]["parameters"].native
    return Algorithm(
        name="rsaes_oaep",
        hash=parameters["hash_algorithm"]["algorithm"].native,
        mask_hash=parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native,
        label=label if isinstance(label, bytes) else b"",
    )


def _compressed(data: Any) -> Compressed:
    if data["compression_algorithm"]["algorithm"].native != "zlib":
        raise Malformed("It is compressed in a way that is not read here.")
    packed = _content_of(data["encap_content_info"])
    if packed is None:
        raise Malformed("Its compressed content is missing.")
    decompressor = zlib.decompressobj()
    content = decompressor.decompress(packed, MAX_STRUCTURE_BYTES)
    if not decompressor.eof:
        raise Malformed("Its compressed content is too large, or ends too early.")
    return Compressed(content)


def _count(values: Any, most: int, what: str) -> int:
    if len(values) > most:
        raise Malformed(f"It has more than {most} {what}.")
    return len(values)


class _GcmParameters(core.Sequence):
    """RFC 5084 §3.2."""

    _fields = [("nonce", core.OctetString), ("mac_length", core.Integer, {"default": 12})]


_READERS: dict[str, Callable[[Any], Content]] = {
    "signed_data": _signed,
    "enveloped_data": _enveloped,
    "authenticated_enveloped_data": _authenticated_enveloped,
    "compressed_data": _compressed,
}
_SINGLE_ATTRIBUTES = ("content_type", "message_digest", "signing_time")
_MAX_NONCE = 64
