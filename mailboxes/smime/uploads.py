"""Certificates and keys as people upload them: PKCS #12, PKCS #7, PEM and DER (SPEC M18)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from mailboxes.smime.certificates import BadCertificate, Certificate
from mailboxes.smime.cms import Certs, Signed
from mailboxes.smime.elements import Malformed, check_shape
from mailboxes.smime.finding import structure_in
from mailboxes.smime.iterations import check_pkcs8, check_pkcs12
from mailboxes.smime.limits import MAX_CERTIFICATES, MAX_RSA_BITS
from mailhub.lib.secret import Secret

MIN_RSA_BITS = 1024
# A file with all authorities that a company trusts.
MAX_AUTHORITIES = 200


class FileRefused(ValueError):
    """What a person uploaded cannot be used; the words say why."""


class KeyFileRefused(FileRefused):
    """It is the file with the key that cannot be used."""


class WrongPassword(FileRefused):
    """The password is missing, or does not open the file."""


@dataclass(frozen=True)
class UploadedIdentity:
    """A certificate with its private key (PKCS #8 in PEM), and those between it and its authority (PEM)."""

    certificate: Certificate
    private_key: Secret
    chain_pem: str


def read_identity(file: bytes, key_file: bytes, password: str) -> UploadedIdentity:
    """Read a certificate with its key; `key_file` is empty when both are in one file. Raises FileRefused."""
    if _is_armoured(file) or key_file:
        certificates, key = read_certificates(file), _private_key(key_file or file, password)
    else:
        certificates, key = _from_pkcs12(file, password)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise FileRefused("Its key is neither RSA nor of an elliptic curve, and mail is signed with nothing else.")
    if isinstance(key, rsa.RSAPrivateKey) and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise FileRefused(f"Its key has {key.key_size} bits. Between {MIN_RSA_BITS} and {MAX_RSA_BITS} are accepted.")
    own = _of_key(certificates, key)
    if not own.addresses:
        raise FileRefused("The certificate names no e-mail address, so no mail is signed or encrypted with it.")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = "".join(_pem(one) for one in certificates if one != own)
    return UploadedIdentity(own, Secret(pem.decode("ascii")), chain)


def read_authorities(file: bytes) -> list[Certificate]:
    """Read the certificates of authorities, one or several; raise FileRefused."""
    certificates = read_certificates(file, most=MAX_AUTHORITIES)
    for one in certificates:
        if not one.is_authority and one.x509.version is not x509.Version.v1:
            raise FileRefused(f"“{one.name or 'A certificate'}” is not a certificate of an authority.")
    return certificates


def read_certificates(file: bytes, *, most: int = MAX_CERTIFICATES) -> list[Certificate]:
    """Read all certificates in a file, each once; raise FileRefused when there is none, or too many."""
    try:
        found = list(dict.fromkeys(_all_in(file)))
    except _LIBRARY_ERRORS as error:
        raise FileRefused("The file is damaged, or holds no certificate.") from error
    if not found:
        raise FileRefused("The file holds no certificate.")
    if len(found) > most:
        raise FileRefused(f"The file holds {len(found)} certificates, and at most {most} are read at once.")
    try:
        return [Certificate.load(der) for der in found]
    except BadCertificate as error:
        raise FileRefused(str(error)) from error


def _all_in(file: bytes) -> list[bytes]:
    if _is_armoured(file) and b"-----BEGIN PKCS7" not in file:
        return [one.public_bytes(serialization.Encoding.DER) for one in x509.load_pem_x509_certificates(file)]
    try:
        return [x509.load_der_x509_certificate(file).public_bytes(serialization.Encoding.DER)]
    except ValueError:
        # The only other thing that holds certificates and has no password.
        structure = structure_in(file)
        return list(structure.certificates) if isinstance(structure, Certs | Signed) else []


def _from_pkcs12(file: bytes, password: str) -> tuple[list[Certificate], PrivateKeyTypes]:
    try:
        whole = check_shape(file)
        check_pkcs12(whole)
    except Malformed as error:
        raise FileRefused("The file is damaged, or neither PKCS #12 nor PEM.") from error
    try:
        key, own, others = pkcs12.load_key_and_certificates(whole, password.encode() or None)
    except UnsupportedAlgorithm as error:
        raise FileRefused("The file is encrypted in a way that is not read here. Export it again with AES.") from error
    except (ValueError, TypeError) as error:
        raise WrongPassword("The password does not open this file.") from error
    if key is None or own is None:
        raise FileRefused("The file holds no private key with its certificate. Export both together.")
    if len(others) >= MAX_CERTIFICATES:
        raise FileRefused(f"The file holds more than {MAX_CERTIFICATES} certificates.")
    try:
        certificates = [Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in (own, *others)]
    except BadCertificate as error:
        raise FileRefused(str(error)) from error
    return certificates, key


def _private_key(file: bytes, password: str) -> PrivateKeyTypes:
    armoured = _ARMOURED_KEY.search(file)
    octets = armoured[0] if armoured else file
    if armoured is None and _is_armoured(file):
        raise KeyFileRefused("The private key is missing. Choose the file that holds it as well.")
    try:
        check_pkcs8(octets)
        return _load_key(octets, password.encode() or None)
    except UnsupportedAlgorithm as error:
        raise KeyFileRefused("The private key is of a kind, or encrypted in a way, that is not read here.") from error
    except (ValueError, TypeError) as error:
        if b"ENCRYPTED" in octets:
            raise WrongPassword("The password does not open the private key.") from error
        raise KeyFileRefused("The private key is damaged.") from error


def _load_key(octets: bytes, password: bytes | None) -> PrivateKeyTypes:
    if not _is_armoured(octets):
        return serialization.load_der_private_key(octets, password)
    is_encrypted = b"ENCRYPTED" in octets
    # A password for a key that needs none is no mistake worth a question.
    return serialization.load_pem_private_key(octets, password if is_encrypted else None)


def _of_key(certificates: Sequence[Certificate], key: PrivateKeyTypes) -> Certificate:
    public = key.public_key()
    own = next((one for one in certificates if one.public_key == public), None)
    if own is None:
        raise FileRefused("The certificate and the private key do not belong together.")
    return own


def _pem(certificate: Certificate) -> str:
    return certificate.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _is_armoured(file: bytes) -> bool:
    return b"-----BEGIN " in file


_ARMOURED_KEY = re.compile(rb"-----BEGIN ([A-Z ]{0,20}PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_LIBRARY_ERRORS = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm)
