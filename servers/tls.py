"""TLS for mail servers: one context for the whole process, certificates always verified (SECURITY TC7)."""

import ssl
from functools import lru_cache

from django.conf import settings


def client_context() -> ssl.SSLContext:
    """Return the context that all connections share; to build one costs more than the rest of a poll.

    `MAILHUB_EXTRA_CA_FILE` names a file with further authorities to trust, "" none.
    """
    return _context(getattr(settings, "MAILHUB_EXTRA_CA_FILE", ""))


def server_name(host: str) -> str:
    """Return the name to ask for and to verify: no brackets, no final dot (RFC 6066 §3)."""
    return host.strip().removeprefix("[").removesuffix("]").rstrip(".")


def describe(connection: ssl.SSLSocket | ssl.SSLObject) -> str:
    """Return TLS version, certificate and issuer in words."""
    certificate = connection.getpeercert() or {}
    subject = _name_in(certificate.get("subject", ())) or _first_alternative_name(certificate)
    issuer = _name_in(certificate.get("issuer", ()))
    return f"{connection.version()}, certificate for {subject}, issued by {issuer}"


@lru_cache(maxsize=8)
def _context(extra_ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if extra_ca_file:
        context.load_verify_locations(cafile=extra_ca_file)
    return context


def _name_in(distinguished_name: object) -> str:
    """Return the most telling part of a name as `getpeercert` gives it: a tuple of tuples of pairs."""
    if not isinstance(distinguished_name, tuple):
        return ""
    fields = dict(pair for relative_name in distinguished_name for pair in relative_name)
    return str(fields.get("commonName") or fields.get("organizationName") or "")


def _first_alternative_name(certificate: object) -> str:
    names = certificate.get("subjectAltName", ()) if isinstance(certificate, dict) else ()
    return str(names[0][1]) if names else ""
