"""Sealed links: who follows one got the mail that carried it (SECURITY TC16).

A link says by itself who got the mail, so that it leads on when the contact or the sequence was deleted since: the law
asks for a way out of mail that was sent, not of rows that are there. It is encrypted, as links are handed on.
"""

import base64
import binascii
import uuid
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from mailhub.lib.crypto import SealBroken, seal_alike, unseal_alike
from sequences.models import Enrollment
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Named:
    """Whom a link names. Of a link from before links said so, only the enrollment is known."""

    enrollment_id: uuid.UUID
    tenant_id: int | None = None
    # Normalised; "" where the link does not say.
    address: str = ""


def unsubscribe_url(enrollment: Enrollment) -> str:
    """Return the address of the page on which the contact unsubscribes. Nobody can guess one; it is always the same."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('sequences:unsubscribe', args=[token_of(enrollment)])}"


def list_headers(enrollment: Enrollment, server: OutgoingServer) -> tuple[tuple[str, str], ...]:
    """Return List-Unsubscribe with both ways (RFC 2369 §3.2) and List-Unsubscribe-Post (RFC 8058 §3.1)."""
    # Where answers go, so it is read.
    mailto = f"mailto:{quote(server.reply_to or server.from_address, safe='@.+-_')}?subject=unsubscribe"
    return (
        ("List-Unsubscribe", f"<{unsubscribe_url(enrollment)}>, <{mailto}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def token_of(enrollment: Enrollment) -> str:
    """Return tenant, enrollment and address, sealed, in letters and digits of a URL."""
    octets = enrollment.tenant_id.to_bytes(_TENANT_OCTETS, "big") + enrollment.pk.bytes
    return _text(seal_alike(octets + enrollment.contact.address.encode(), key=_key(), place=_SALT))


def read_token(token: str) -> Named | None:
    """Return whom a token names; None unless it is one of ours. Asks no database."""
    try:
        octets = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # The last letter of base64 has bits to spare, and one link is one text.
    if len(octets) > _LONGEST or _text(octets) != token:
        return None
    return _signed(token, octets) if len(octets) == _SIGNED_OCTETS else _sealed(octets)


def signed_token_of(enrollment_id: uuid.UUID) -> str:
    """Return the token that mails carried first: the id and an HMAC over it. Their links lead on as long as it does."""
    return _text(enrollment_id.bytes + _signature(enrollment_id))


def _sealed(octets: bytes) -> Named | None:
    try:
        opened = unseal_alike(octets, key=_key(), place=_SALT)
    except SealBroken:
        return None
    tenant, enrollment = opened[:_TENANT_OCTETS], opened[_TENANT_OCTETS : _TENANT_OCTETS + _ID_OCTETS]
    address = opened[_TENANT_OCTETS + _ID_OCTETS :].decode()
    return Named(uuid.UUID(bytes=enrollment), int.from_bytes(tenant, "big"), address)


def _signed(token: str, octets: bytes) -> Named | None:
    enrollment_id = uuid.UUID(bytes=octets[:_ID_OCTETS])
    return Named(enrollment_id) if constant_time_compare(token, signed_token_of(enrollment_id)) else None


def _signature(enrollment_id: uuid.UUID) -> bytes:
    return salted_hmac(_SALT, str(enrollment_id), algorithm="sha256").digest()[:_SIGNATURE_OCTETS]


@cache
def _key() -> bytes:
    return salted_hmac(_SALT, "key", algorithm="sha512").digest()


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


_SALT = "mailhub.unsubscribe"
_TENANT_OCTETS = 8
_ID_OCTETS = 16
_SIGNATURE_OCTETS = 16
# Shorter than any sealed one: the seal alone has 16, tenant and id 24 more.
_SIGNED_OCTETS = _ID_OCTETS + _SIGNATURE_OCTETS
_LONGEST = 1024
