"""A mail before and after it is wrapped: what stays outside, what goes inside, and octets that arrive as they left."""

from __future__ import annotations

import binascii
import re
from base64 import encodebytes
from collections.abc import Iterator

from mailboxes.mime.structure import Part, read_structure
from mailboxes.mime.transfer import IDENTITY


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Return the header fields that stay outside, and the entity with those that describe the content (RFC 8551 §3.1).

    `raw` has CRLF line ends. MIME-Version is in neither: whoever writes the wrapper writes it.
    """
    header, blank, body = raw.partition(b"\r\n\r\n")
    outside, inside = bytearray(), bytearray()
    for field in _FIELD.findall(header + b"\r\n"):
        name = field.partition(b":")[0].strip().lower()
        if name.startswith(b"content-"):
            inside += field
        elif name != b"mime-version":
            outside += field
    return bytes(outside), b"".join((inside, b"\r\n" if blank else b"", body))


def steadied(entity: bytes) -> bytes:
    """Return the entity with all content encoded that servers on the way are known to change (RFC 8551 §3.1.3).

    That are blanks at the end of a line, lines that begin with "From ", octets of 8 bits, and lines beyond the limit of
    SMTP. An enclosed message stays as it is, because it may not be encoded (RFC 2046 §5.2.1). Raises Unreadable.
    """
    pieces: list[bytes] = []
    position = 0
    for leaf, header_start in _leaves(read_structure(entity), 0):
        if not _is_fragile(leaf):
            continue
        header, body = _encoded(entity[header_start : leaf.start], leaf)
        pieces += [entity[position:header_start], header, body]
        position = leaf.end
    return b"".join([*pieces, entity[position:]]) if pieces else entity


def base64_lines(octets: bytes) -> bytes:
    """Return `octets` as lines of base64 with CRLF; in steps, because a line each is an object each."""
    lines = bytearray()
    for start in range(0, len(octets), _STEP):
        lines += encodebytes(octets[start : start + _STEP]).replace(b"\n", b"\r\n")
    return bytes(lines)


def _leaves(part: Part, header_start: int) -> Iterator[tuple[Part, int]]:
    """Yield the parts that hold content, each with an offset from which on its header is the only one."""
    if not part.children:
        yield part, header_start
    before = part.start
    for child in part.children:
        yield from _leaves(child, before)
        before = child.end


def _is_fragile(leaf: Part) -> bool:
    if leaf.content_type.startswith(("message/", "multipart/")):
        return False
    if leaf.transfer_encoding != IDENTITY:
        return leaf.transfer_encoding == _QUOTED and _FROM.search(leaf.encoded()) is not None
    body = leaf.encoded()
    return not body.isascii() or _CHANGED_ON_THE_WAY.search(body) is not None


def _encoded(header: bytes, leaf: Part) -> tuple[bytes, bytes]:
    """Return the header with the encoding named in it, and the body encoded so."""
    if leaf.transfer_encoding == _QUOTED:
        return header, _without_from(leaf.encoded())
    is_text = leaf.content_type.startswith("text/")
    body = _quoted(leaf.encoded()) if is_text else base64_lines(leaf.encoded())
    named = b"Content-Transfer-Encoding: " + (b"quoted-printable" if is_text else b"base64") + b"\r\n"
    without = _ENCODING_FIELD.sub(b"", header)
    # The blank line that ends the header is there even where the header is empty.
    return without[: -len(b"\r\n")] + named + b"\r\n", body


def _quoted(text: bytes) -> bytes:
    """Return text as quoted-printable (RFC 2045 §6.7), without a line that begins with "From "."""
    unified = text.replace(b"\r\n", b"\n")
    return _without_from(binascii.b2a_qp(unified, istext=True).replace(b"\n", b"\r\n"))


def _without_from(quoted: bytes) -> bytes:
    # Broken softly, since the line may be as long as it can be.
    while _FROM.search(quoted):
        quoted = _FROM.sub(b"=46rom =\r\n", quoted)
    return quoted


_FIELD = re.compile(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*")
_ENCODING_FIELD = re.compile(rb"^content-transfer-encoding:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.IGNORECASE | re.M)
_QUOTED = "quoted-printable"
_FROM = re.compile(rb"^From ", re.MULTILINE)
_CHANGED_ON_THE_WAY = re.compile(rb"[ \t](?=\r?\n|\Z)|^From |\x00|\r(?!\n)|(?<!\r)\n|^[^\n]{999}", re.MULTILINE)
# A multiple of what stands on a line.
_STEP = 57 * 4096
