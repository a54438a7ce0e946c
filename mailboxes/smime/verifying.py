"""Whether a signature fits what was signed, and whose it is (RFC 5652 §5.4 to §5.6, RFC 8551)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from mailboxes.smime.certificates import BadCertificate, Certificate
from mailboxes.smime.chains import find_anchor
from mailboxes.smime.cms import Algorithm, CertificateId, Signed, Signer
from mailboxes.smime.limits import MAX_RSA_BITS
from mailboxes.smime.states import SignatureState, SmimeResult


class NotReadHere(Exception):
    """An algorithm that is not supported."""


@dataclass(frozen=True)
class Trust:
    """Whom an account trusts: authorities, and single certificates of correspondents (`pinned`, by fingerprint)."""

    authorities: tuple[Certificate, ...] = ()
    pinned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verified:
    """What a signature gave, with the certificate that made it, if the mail brought it along."""

    result: SmimeResult
    certificate: Certificate | None = None
    # What the signer's program opens, if the signature fits.
    capabilities: tuple[str, ...] = ()


def verify(
    signed: Signed, contents: Sequence[bytes], *, senders: frozenset[str], trust: Trust, at: datetime
) -> Verified:
    """Judge the signatures over a content; of several signers the best counts.

    `contents` are the octets that may have been signed, most likely first: mail changes line ends on its way.
    `senders` are the addresses in From, normalised. `at` is when the mail came.
    """
    certificates = _readable(signed.certificates)
    verdicts = [_Judge(signer, signed, certificates, senders, trust, at).verdict(contents) for signer in signed.signers]
    return min(verdicts, key=lambda one: _ORDER.index(one.result.signature))


def line_ends(entity: bytes) -> tuple[bytes, ...]:
    """Return the forms in which an entity may have been signed: canonical line ends (RFC 8551 §3.1.1), or as it is."""
    canonical = _LINE_END.sub(b"\r\n", entity)
    return (canonical,) if canonical == entity else (canonical, entity)


class _Judge:
    def __init__(
        self,
        signer: Signer,
        signed: Signed,
        certificates: tuple[Certificate, ...],
        senders: frozenset[str],
        trust: Trust,
        at: datetime,
    ) -> None:
        self._signer = signer
        self._signed = signed
        self._certificates = certificates
        self._senders = senders
        self._trust = trust
        self._at = at

    def verdict(self, contents: Sequence[bytes]) -> Verified:
        certificate = _named(self._signer.certificate, (*self._certificates, *self._trust.authorities))
        if certificate is None:
            reason = "The mail does not bring the signer's certificate along."
            return Verified(SmimeResult(signature=SignatureState.UNSUPPORTED, signature_reason=reason))
        facts = self._facts(certificate)
        try:
            reason = self._misfit(certificate, contents)
        except NotReadHere as error:
            return Verified(
                replace(facts, signature=SignatureState.UNSUPPORTED, signature_reason=str(error)), certificate
            )
        if reason:
            return Verified(replace(facts, signature=SignatureState.INVALID, signature_reason=reason), certificate)
        state, reason = self._worth(certificate)
        result = replace(facts, signature=state, signature_reason=reason)
        return Verified(result, certificate, self._signer.capabilities)

    def _facts(self, certificate: Certificate) -> SmimeResult:
        own = [one for one in certificate.addresses if one in self._senders]
        return SmimeResult(
            signer_name=certificate.name,
            signer_address=next(iter((*own, *certificate.addresses)), ""),
            issuer_name=certificate.issuer_name,
            fingerprint=certificate.fingerprint,
            signed_at=self._signer.signed_at,
            is_weak=self._signer.digest_hash in _WEAK or self._signer.algorithm.hash in _WEAK,
        )

    def _misfit(self, certificate: Certificate, contents: Sequence[bytes]) -> str:
        """Return why the signature does not fit; "" when it does. Raises NotReadHere."""
        signer = self._signer
        if signer.signed_attributes is None:
            if self._signed.content_type != "data":
                return "What kind of content was signed is not part of the signature."
            fits = any(self._is_signature(certificate, content) for content in contents)
            return "" if fits else _CHANGED
        if signer.attribute_content_type != self._signed.content_type:
            return "The signature is for another kind of content."
        digest = hash_algorithm(signer.digest_hash)
        if not any(_digest(content, digest) == signer.attribute_digest for content in contents):
            return _CHANGED
        if not self._is_signature(certificate, signer.signed_attributes):
            return "It was not made with the key of the certificate that it names."
        return ""

    def _is_signature(self, certificate: Certificate, content: bytes) -> bool:
        try:
            _check(certificate, self._signer, content)
        except InvalidSignature:
            return False
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise NotReadHere("Its algorithm and its key do not go together.") from error
        return True

    def _worth(self, certificate: Certificate) -> tuple[SignatureState, str]:
        if len(self._senders) != 1 or self._senders.isdisjoint(certificate.addresses):
            shown = ", ".join(certificate.addresses[:3]) or "no address"
            return SignatureState.ANOTHER_ADDRESS, f"The certificate is for {shown}."
        if self._at < certificate.not_before:
            return SignatureState.EXPIRED, "The certificate was not yet valid when the mail came."
        if self._at > certificate.not_after:
            return SignatureState.EXPIRED, _expired_words(certificate, self._signer.signed_at)
        if not certificate.may_sign or not certificate.is_for_mail:
            return SignatureState.UNTRUSTED, "The certificate was not issued for signing mail."
        if certificate.fingerprint in self._trust.pinned:
            return SignatureState.VALID, ""
        if find_anchor(certificate, self._certificates, self._trust.authorities, at=self._at) is None:
            issuer = certificate.issuer_name or "An unnamed authority"
            return (
                SignatureState.UNTRUSTED,
                f"{issuer} issued it, and is not among the trusted authorities.",
            )
        return SignatureState.VALID, ""


def hash_algorithm(name: str) -> hashes.HashAlgorithm:
    algorithm = _HASHES.get(name)
    if algorithm is None:
        raise NotReadHere(f"Its digest algorithm ({name[:40]}) is not read here.")
    return algorithm


def _readable(ders: Sequence[bytes]) -> tuple[Certificate, ...]:
    found = []
    for der in dict.fromkeys(ders):
        try:
            found.append(Certificate.load(der))
        except BadCertificate:
            # One that cannot be read is as good as absent: the signer's is then missing, or a link of the chain.
            continue
    return tuple(found)


def _named(wanted: CertificateId, certificates: Sequence[Certificate]) -> Certificate | None:
    return next((one for one in certificates if is_named(wanted, one)), None)


def is_named(wanted: CertificateId, certificate: Certificate) -> bool:
    """Whether CMS means this certificate."""
    if wanted.key_identifier:
        return wanted.key_identifier == certificate.key_identifier
    return wanted.serial_number == certificate.serial_number and wanted.issuer == certificate.issuer


def _check(certificate: Certificate, signer: Signer, content: bytes) -> None:
    key, algorithm = certificate.public_key, signer.algorithm
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size > MAX_RSA_BITS:
            raise NotReadHere(f"Its key has {key.key_size} bits, more than {MAX_RSA_BITS}.")
        key.verify(signer.signature, content, _padding(algorithm), hash_algorithm(_hash_of(signer)))
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.name.endswith("ecdsa"):
        key.verify(signer.signature, content, ec.ECDSA(hash_algorithm(_hash_of(signer))))
    else:
        raise NotReadHere(f"Its algorithm ({algorithm.name[:40]}) is not read here.")


def _hash_of(signer: Signer) -> str:
    return signer.algorithm.hash or signer.digest_hash


def _padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm.name == "rsassa_pss":
        return padding.PSS(padding.MGF1(hash_algorithm(algorithm.mask_hash)), algorithm.salt_length)
    if algorithm.name == "rsassa_pkcs1v15" or algorithm.name.endswith("_rsa"):
        return padding.PKCS1v15()
    raise NotReadHere(f"Its algorithm ({algorithm.name[:40]}) is not read here.")


def _digest(content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _expired_words(certificate: Certificate, signed_at: datetime | None) -> str:
    words = f"The certificate expired on {certificate.not_after:%-d %B %Y}, before the mail came."
    if signed_at is not None and certificate.is_valid_at(signed_at):
        return f"{words} By the signer's own clock it was still valid."
    return words


_LINE_END = re.compile(rb"\r\n|\n")
_CHANGED = "The mail was changed on its way."
_WEAK = frozenset({"sha1"})
_HASHES: dict[str, hashes.HashAlgorithm] = {
    # Shown as outdated, so that old mail can still be judged.
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
# Best first.
_ORDER = (
    SignatureState.VALID,
    SignatureState.UNTRUSTED,
    SignatureState.EXPIRED,
    SignatureState.ANOTHER_ADDRESS,
    SignatureState.UNSUPPORTED,
    SignatureState.INVALID,
    SignatureState.PARTIAL,
    SignatureState.NONE,
)
