"""Certificates of S/MIME: our own with their keys, authorities that are trusted, and those of correspondents."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from mailboxes.smime.certificates import Certificate
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.secrets import SecretField


class CertificateRow(TenantModel):
    """A certificate, with what lists show of it."""

    # DER.
    certificate = models.BinaryField()
    # SHA-256 in hexadecimal.
    fingerprint = models.CharField(max_length=64)
    issuer_name = models.CharField(max_length=200, blank=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()

    class Meta:
        abstract = True

    def x509(self) -> Certificate:
        """Return the certificate, parsed."""
        return Certificate(bytes(self.certificate))

    def is_valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


class SigningIdentity(CertificateRow):
    """A certificate with its private key, for one address: mail to it is opened, and mail from it is signed.

    An address has several in the course of time. Old ones stay, because mail that was encrypted for them stays too.
    """

    # Normalised.
    address = models.CharField(max_length=320)
    # The certificates between this one and its authority (PEM), which a signature brings along.
    chain_pem = models.TextField(blank=True)
    # PKCS #8 in PEM.
    private_key = SecretField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["address", "-not_after", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "address", "fingerprint"], name="signing_identity_once")
        ]

    def __str__(self) -> str:
        return self.address


class TrustedAuthority(CertificateRow):
    """Whoever has a certificate from this authority is whom it names, as far as this account is concerned."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "fingerprint"], name="trusted_authority_once")]

    def __str__(self) -> str:
        return self.name


class CorrespondentCertificate(CertificateRow):
    """The certificate of somebody who wrote to this account, taken from a signature that fits.

    Kept also when nobody here trusts its issuer, so that a person can trust it; until then nothing is encrypted for it.
    """

    # Normalised; the one in From, which the certificate names.
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    # The chain led to an authority, or a person said so.
    is_trusted = models.BooleanField(default=False)
    # A person trusts this very certificate, whoever issued it.
    is_pinned = models.BooleanField(default=False)
    # What its owner's program opens, as the newest signature said: identifiers of algorithms (RFC 8551 §2.5.2).
    capabilities = models.JSONField(default=list, db_default=[])
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["address", "-last_seen_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "address", "fingerprint"], name="correspondent_certificate_once")
        ]

    def __str__(self) -> str:
        return self.address
