"""From a signer's certificate to an authority that the account trusts (RFC 5280 §6, as far as mail needs it).

The certificates in between come from the sender, so their number, and the signatures checked, are limited. Whether a
certificate was revoked is not asked: that would tell the issuer who reads which mail, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from mailboxes.smime.certificates import Certificate
from mailboxes.smime.limits import MAX_CHAIN, MAX_CHAIN_CHECKS, MAX_RSA_BITS


def find_anchor(
    leaf: Certificate, between: Iterable[Certificate], authorities: Sequence[Certificate], *, at: datetime
) -> Certificate | None:
    """Return the authority that a valid chain from `leaf` leads to; None if there is none.

    An authority may be the leaf itself: whoever trusts a single certificate says so by adding it.
    """
    if leaf in authorities:
        return leaf
    return _Search(tuple(between), tuple(authorities), leaf.addresses, at).anchor_of(leaf, path=(leaf,))


class _Search:
    def __init__(
        self,
        between: tuple[Certificate, ...],
        authorities: tuple[Certificate, ...],
        addresses: tuple[str, ...],
        at: datetime,
    ) -> None:
        self._between = between
        self._authorities = authorities
        self._addresses = addresses
        self._at = at
        self._checks = 0

    def anchor_of(self, certificate: Certificate, *, path: tuple[Certificate, ...]) -> Certificate | None:
        """Look among the authorities first, so that the shortest chain is found before longer ones."""
        for authority in self._authorities:
            if self._issued(authority, certificate, path):
                return authority
        if len(path) >= MAX_CHAIN:
            return None
        for issuer in self._between:
            if issuer in path or not self._issued(issuer, certificate, path):
                continue
            found = self.anchor_of(issuer, path=(*path, issuer))
            if found is not None:
                return found
        return None

    def _issued(self, issuer: Certificate, certificate: Certificate, path: tuple[Certificate, ...]) -> bool:
        if issuer.subject != certificate.issuer or not _identifiers_fit(issuer, certificate):
            return False
        if not self._may_issue(issuer, below=path) or self._checks >= MAX_CHAIN_CHECKS:
            return False
        self._checks += 1
        return _is_signed_by(certificate, issuer)

    def _may_issue(self, issuer: Certificate, *, below: tuple[Certificate, ...]) -> bool:
        if not issuer.is_valid_at(self._at) or not issuer.is_for_mail or not issuer.has_readable_extensions:
            return False
        if not _has_known_extensions(issuer) or not self._names_allowed(issuer):
            return False
        usage = issuer.extension(x509.KeyUsage)
        if usage is not None and not usage.key_cert_sign:
            return False
        constraints = issuer.extension(x509.BasicConstraints)
        if constraints is None:
            # An authority of version 1 has no extensions; the account vouches for it (RFC 5280 §6.1.4 k).
            return issuer in self._authorities and issuer.x509.version is x509.Version.v1
        # The certificate at the end does not count, nor do those that an authority issued to itself (§4.2.1.9).
        authorities_below = sum(1 for one in below[1:] if not one.is_self_issued)
        return constraints.ca and (constraints.path_length is None or authorities_below <= constraints.path_length)

    def _names_allowed(self, issuer: Certificate) -> bool:
        """Whether the signer's addresses are among those that this authority may issue for (§4.2.1.10)."""
        constraints = issuer.extension(x509.NameConstraints)
        if constraints is None:
            return True
        excluded = _mail_names(constraints.excluded_subtrees)
        permitted = _mail_names(constraints.permitted_subtrees)
        for address in self._addresses:
            if any(_is_within(address, name) for name in excluded):
                return False
            if permitted and not any(_is_within(address, name) for name in permitted):
                return False
        return True


def _identifiers_fit(issuer: Certificate, certificate: Certificate) -> bool:
    authority = certificate.extension(x509.AuthorityKeyIdentifier)
    named = authority.key_identifier if authority is not None else None
    return not named or not issuer.key_identifier or named == issuer.key_identifier


def _is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    key = issuer.public_key
    if key is None or (isinstance(key, rsa.RSAPublicKey) and key.key_size > MAX_RSA_BITS):
        return False
    try:
        certificate.x509.verify_directly_issued_by(issuer.x509)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        # Not signed by this one, or in a way that is not read here: either way no link of the chain.
        return False
    return True


def _has_known_extensions(issuer: Certificate) -> bool:
    """A critical extension that nobody here understands forbids to rely on the certificate (§4.2)."""
    return all(one.oid in _UNDERSTOOD for one in issuer.x509.extensions if one.critical)


def _mail_names(subtrees: Iterable[x509.GeneralName] | None) -> list[str]:
    return [str(one.value).lower() for one in subtrees or () if isinstance(one, x509.RFC822Name)]


def _is_within(address: str, name: str) -> bool:
    """Whether an address falls under a constraint: a mailbox, a host, or `.domain` for all hosts in it."""
    if "@" in name:
        return address == name
    domain = address.rpartition("@")[2]
    return domain.endswith(name) if name.startswith(".") else domain == name


_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.NameConstraints.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
        x509.SubjectAlternativeName.oid,
        x509.CertificatePolicies.oid,
        x509.PolicyConstraints.oid,
        x509.InhibitAnyPolicy.oid,
        x509.CRLDistributionPoints.oid,
        x509.AuthorityInformationAccess.oid,
    }
)
