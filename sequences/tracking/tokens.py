"""Signed addresses of pictures and links: they name a mail and a link of ours, never where it leads (SECURITY TC16)."""

import base64
import binascii
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

_OPEN = "mailhub.tracking.open"
_CLICK = "mailhub.tracking.click"
_ID_OCTETS = 16
_SIGNATURE_OCTETS = 16


@dataclass(frozen=True)
class MailName:
    """The mail of a step to one contact, which has this name before it is submitted and keeps it."""

    enrollment_id: uuid.UUID
    step_id: uuid.UUID


@dataclass(frozen=True)
class ClickName:
    """A link in a mail."""

    mail: MailName
    link_id: uuid.UUID


def picture_url(mail: MailName) -> str:
    """Return the address of the picture that a mail carries."""
    return _absolute("sequences:track-open", open_token(mail))


def click_url(mail: MailName, link_id: uuid.UUID) -> str:
    """Return the address that stands in a mail in place of a link."""
    return _absolute("sequences:track-click", click_token(ClickName(mail, link_id)))


def open_token(mail: MailName) -> str:
    return _signed(_OPEN, mail.enrollment_id, mail.step_id)


def click_token(click: ClickName) -> str:
    return _signed(_CLICK, click.mail.enrollment_id, click.mail.step_id, click.link_id)


def mail_named_by(token: str) -> MailName | None:
    """Return the mail that a picture belongs to; None unless its signature is good. Asks no database."""
    ids = _ids_in(token, _OPEN, count=2)
    return MailName(*ids) if ids else None


def click_named_by(token: str) -> ClickName | None:
    """Return the link that was followed; None unless its signature is good. Asks no database."""
    ids = _ids_in(token, _CLICK, count=3)
    return ClickName(MailName(*ids[:2]), ids[2]) if ids else None


def _absolute(route: str, token: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{reverse(route, args=[token])}"


def _signed(salt: str, *ids: uuid.UUID) -> str:
    octets = b"".join(one.bytes for one in ids)
    signature = salted_hmac(salt, octets, algorithm="sha256").digest()[:_SIGNATURE_OCTETS]
    return base64.urlsafe_b64encode(octets + signature).decode("ascii").rstrip("=")


def _ids_in(token: str, salt: str, *, count: int) -> list[uuid.UUID]:
    try:
        octets = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return []
    if len(octets) != count * _ID_OCTETS + _SIGNATURE_OCTETS:
        return []
    ids = [uuid.UUID(bytes=octets[at : at + _ID_OCTETS]) for at in range(0, count * _ID_OCTETS, _ID_OCTETS)]
    # The text, not the octets: the last letter of base64 has bits to spare, and one link is one text.
    return ids if constant_time_compare(token, _signed(salt, *ids)) else []
