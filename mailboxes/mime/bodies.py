"""The text of a part as people wrote it."""

import re

from mailboxes.mime import charsets, transfer
from mailboxes.mime.limits import MAX_BODY_CHARACTERS
from mailboxes.mime.structure import Part

# No charset needs more than four octets for a character, and quoted-printable three for an octet.
_MAX_ENCODED = 12 * MAX_BODY_CHARACTERS


def body_text(raw: bytes, part: Part) -> str:
    """Return the decoded text of `part` with line feeds only, format=flowed joined, at most MAX_BODY_CHARACTERS."""
    encoded = raw[part.start : min(part.end, part.start + _MAX_ENCODED)]
    octets = transfer.decode(encoded, part.transfer_encoding)
    text = charsets.decode(octets, part.parameters.get("charset") or _declared_inside(part, octets))[
        :MAX_BODY_CHARACTERS
    ]
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if part.content_type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        return unflowed(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return text


def unflowed(text: str, *, delsp: bool) -> str:
    """Join the lines of a paragraph that the sender broke (RFC 3676 §4)."""
    joined: list[str] = []
    paragraph: list[str] = []
    paragraph_depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        # Space-stuffing protects lines that begin with a space, `>` or `From ` (§4.4).
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        if paragraph and (depth != paragraph_depth or is_signature):
            joined.append(_quoted("".join(paragraph), paragraph_depth))
            paragraph = []
        paragraph_depth = depth
        if content.endswith(" ") and not is_signature:
            paragraph.append(content[:-1] if delsp else content)
            continue
        joined.append(_quoted("".join(paragraph) + content, depth))
        paragraph = []
    if paragraph:
        joined.append(_quoted("".join(paragraph), paragraph_depth))
    return "\n".join(joined)


def _declared_inside(part: Part, octets: bytes) -> str:
    """Return the charset that HTML names in its own head (HTML §4.2.5), where the mail names none."""
    named = _META_CHARSET.search(octets, 0, _HEAD_BYTES) if part.content_type == "text/html" else None
    return named[1].decode("ascii") if named else ""


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text


# Where browsers stop looking.
_HEAD_BYTES = 1024
_META_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?([a-z0-9._:-]{1,40})", re.IGNORECASE)
