"""Finds S/MIME in a mail: which entity is a wrapper, and what it wraps (RFC 8551 §3)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from itertools import islice

from mailboxes.mime.attachments import disposition_of
from mailboxes.mime.structure import Part, read_structure
from mailboxes.parsing import Mail
from mailboxes.smime.cms import Content, Malformed, read

OPAQUE_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURE_TYPES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
# What gateways that do not know the type make of it.
_UNKNOWN_TYPES = frozenset({"application/octet-stream", "application/x-octet-stream", "application/binary"})


@dataclass(frozen=True)
class Detached:
    """A multipart/signed with exactly the two parts that it must have (RFC 1847 §2.1)."""

    entity: bytes
    signature: bytes


@dataclass(frozen=True)
class Wrapped:
    """One part that holds a CMS structure: signed, encrypted or compressed."""

    structure: bytes


@dataclass(frozen=True)
class Mixed:
    """A signed entity to which something was added, or from which something was taken."""


Wrapper = Detached | Wrapped | Mixed


def concerns(mail: Mail) -> bool:
    """Whether a parsed mail may have to do with S/MIME: cheap, and true for some that have not."""
    return any(
        part.content_type in SIGNATURE_TYPES | OPAQUE_TYPES
        or (part.content_type in _UNKNOWN_TYPES and part.filename.lower() in _USUAL_NAMES)
        for part in mail.attachments
    )


def structures_beside(entity: bytes) -> list[Content]:
    """Return what the S/MIME parts of a mail hold, of the first few, where it is no wrapper as a whole.

    A part that holds a signature over others counts, its structure being one without content.
    """
    found: list[Content] = []
    leaves = read_structure(entity).leaves()
    parts = (one for one in leaves if _is_smime_part(one.content_type, disposition_of(one)[1]))
    for part in islice(parts, _MOST_BESIDE):
        try:
            found.append(structure_in(part.decoded()))
        except Malformed:
            # An attachment like any other.
            continue
    return found


def wrapper_of(entity: bytes) -> Wrapper | None:
    """Return how a whole entity is wrapped; None when it is not. Raises Unreadable beyond the limits of parsing."""
    root = read_structure(entity)
    if root.content_type == "multipart/signed" and _is_smime_protocol(root):
        return _detached(root)
    if not root.children and _is_opaque(root.content_type, disposition_of(root)[1]):
        return Wrapped(root.decoded())
    return None


def structure_in(ber: bytes) -> Content:
    """Read a CMS structure that may be armoured once more; raise Malformed."""
    if ber[:1] == b"0":
        return read(ber)
    # Some senders leave out Content-Transfer-Encoding, or put the lines of PEM around.
    text = _ARMOUR.sub(b"", ber)
    try:
        return read(binascii.a2b_base64(text, strict_mode=False))
    except binascii.Error as error:
        raise Malformed("It is damaged, or not S/MIME at all.") from error


def looks_like_entity(content: bytes) -> bool:
    """Whether octets begin like a part of a mail: with a header field, or with the blank line of an empty header.

    What is signed may be anything, such as an invoice; only a mail is shown in the place of a mail.
    """
    return _ENTITY_START.match(content) is not None


def _is_smime_part(content_type: str, filename: str) -> bool:
    """Whether a part among others belongs to the mail; signed documents such as `invoice.xml.p7m` are attachments."""
    is_opaque = _is_opaque(content_type, filename) and filename.lower() in ("", _USUAL_NAME)
    return is_opaque or content_type in SIGNATURE_TYPES


def _is_opaque(content_type: str, filename: str) -> bool:
    return content_type in OPAQUE_TYPES or (content_type in _UNKNOWN_TYPES and filename.lower() == _USUAL_NAME)


def _is_smime_protocol(root: Part) -> bool:
    """Whether a multipart/signed is S/MIME; PGP says so in the same place (RFC 3156 §5)."""
    protocol = root.parameters.get("protocol", "").lower()
    if protocol:
        return protocol in SIGNATURE_TYPES
    return bool(root.children) and root.children[-1].content_type in SIGNATURE_TYPES


def _detached(root: Part) -> Detached | Mixed:
    if len(root.children) != 2 or root.children[1].content_type not in SIGNATURE_TYPES | _UNKNOWN_TYPES:
        return Mixed()
    first, second = root.children
    start = _entity_start(root, first)
    if start is None:
        return Mixed()
    return Detached(root.source[start : first.end], second.decoded())


def _entity_start(root: Part, first: Part) -> int | None:
    """Return where the header of the first part begins: behind the delimiter line before it."""
    boundary = root.parameters.get("boundary", "").rstrip()
    if not boundary:
        return None
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    line = re.compile(rb"(?:\A|(?<=\n))" + re.escape(delimiter) + rb"[ \t\r]*\n")
    found = line.search(root.source, root.start, first.start)
    return found.end() if found is not None else None


# RFC 8551 §3.2.1.
_USUAL_NAME = "smime.p7m"
_USUAL_NAMES = (_USUAL_NAME, "smime.p7s")
_MOST_BESIDE = 5
_ENTITY_START = re.compile(rb"\r?\n|[!-9;-~]{1,100}[ \t]{0,10}:")
_ARMOUR = re.compile(rb"-----[A-Z0-9 ]{1,40}-----|\s+")
