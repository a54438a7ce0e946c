"""Signed links: who follows one got the mail that carried it (SECURITY TC16)."""

import base64
import binascii
import uuid
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from servers.models import OutgoingServer

_SALT = "mailhub.unsubscribe"
_ID_OCTETS = 16
_SIGNATURE_OCTETS = 16
_OCTETS = _ID_OCTETS + _SIGNATURE_OCTETS


def unsubscribe_url(enrollment_id: uuid.UUID) -> str:
    """Return the address of the page on which the contact of this enrollment unsubscribes. Nobody can guess one."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('sequences:unsubscribe', args=[token_of(enrollment_id)])}"


def list_headers(enrollment_id: uuid.UUID, server: OutgoingServer) -> tuple[tuple[str, str], ...]:
    """Return List-Unsubscribe with both ways (RFC 2369 §3.2) and List-Unsubscribe-Post (RFC 8058 §3.1)."""
    # Where answers go, so it is read.
    mailto = f"mailto:{quote(server.reply_to or server.from_address, safe='@.+-_')}?subject=unsubscribe"
    return (
        ("List-Unsubscribe", f"<{unsubscribe_url(enrollment_id)}>, <{mailto}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def token_of(enrollment_id: uuid.UUID) -> str:
    """Return the id and an HMAC over it, in letters and digits of a URL."""
    octets = enrollment_id.bytes + _signature(enrollment_id)
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def enrollment_named_by(token: str) -> uuid.UUID | None:
    """Return the enrollment that a token names; None unless its signature is good. Asks no database."""
    try:
        octets = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(octets) != _OCTETS:
        return None
    enrollment_id = uuid.UUID(bytes=octets[:_ID_OCTETS])
    # The text, not the octets: the last letter of base64 has bits to spare, and one link is one text.
    return enrollment_id if constant_time_compare(token, token_of(enrollment_id)) else None


def _signature(enrollment_id: uuid.UUID) -> bytes:
    return salted_hmac(_SALT, str(enrollment_id), algorithm="sha256").digest()[:_SIGNATURE_OCTETS]
