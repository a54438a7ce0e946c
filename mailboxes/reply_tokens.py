"""Signed reply tokens: an address that only one mail of ours carried (SPEC I2, SECURITY TC8).

`token+r<message><signature>@direct.domain`: the direct address of the mailbox, what was sent, and an HMAC over both.
Nobody can make one for a mail that he did not get, nor move one to another mailbox.
"""

import base64
import re
import uuid
from collections.abc import Iterable

from django.utils.crypto import constant_time_compare, salted_hmac

from mailboxes.models import Mailbox

_SALT = "mailhub.reply_token"
_SIGNATURE_OCTETS = 10


def reply_address(mailbox: Mailbox, outgoing_message_id: uuid.UUID) -> str:
    """Return the address whose mail answers this outgoing message."""
    local_part, _at, domain = mailbox.direct_address.partition("@")
    return f"{local_part}+r{_text(outgoing_message_id.bytes)}{_signature(mailbox, outgoing_message_id)}@{domain}"


def answered_messages(mailbox: Mailbox, addresses: Iterable[str]) -> list[uuid.UUID]:
    """Return the outgoing messages that these addresses name with a good signature, each once."""
    local_part, _at, domain = mailbox.direct_address.lower().partition("@")
    found: dict[uuid.UUID, None] = {}
    for address in addresses:
        tag, _at, host = address.lower().removeprefix(f"{local_part}+").partition("@")
        marked = _MARKED.fullmatch(tag) if host == domain else None
        if marked is None:
            continue
        message_id = uuid.UUID(bytes=_octets(marked[1]))
        if constant_time_compare(marked[2], _signature(mailbox, message_id)):
            found.setdefault(message_id)
    return list(found)


def _signature(mailbox: Mailbox, outgoing_message_id: uuid.UUID) -> str:
    value = f"{mailbox.pk}|{outgoing_message_id}"
    return _text(salted_hmac(_SALT, value, algorithm="sha256").digest()[:_SIGNATURE_OCTETS])


def _text(octets: bytes) -> str:
    """Letters and digits that survive a gateway which changes the case (RFC 4648 §6)."""
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()


def _octets(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


# 16 octets of an id, 10 of a signature.
_MARKED = re.compile(r"r([a-z2-7]{26})([a-z2-7]{16})")
