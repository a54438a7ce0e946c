"""The tree of parts of a mail (RFC 5322 §2, RFC 2046 §5), found without decoding or copying any body.

The standard library's parser copies every line and has no limits; this one keeps offsets into the raw bytes, costs
about a tenth, and stops at the limits of `mailboxes.mime.limits` before they are spent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from mailboxes.mime import charsets, transfer
from mailboxes.mime.fields import Fields, read_fields
from mailboxes.mime.limits import MAX_DEPTH, MAX_MESSAGE_BYTES, MAX_PARTS, Unreadable
from mailboxes.mime.parameters import parse_parameters

__all__ = ["DEFECT_NO_BOUNDARY", "Fields", "Part", "read_fields", "read_structure"]

DEFECT_NO_BOUNDARY = "multipart_without_boundary"


@dataclass(slots=True)
class Part:
    """One part: its fields, and where its body lies in `source`, which is the raw mail unless that encodes the part.

    `inherited_charset` is what the multiparts around it name, although a charset there means nothing (RFC 2046 §5).
    """

    source: bytes
    fields: Fields
    content_type: str
    parameters: Mapping[str, str]
    start: int
    end: int
    parent_type: str = ""
    inherited_charset: str = ""
    transfer_encoding: str = transfer.IDENTITY
    children: "list[Part]" = field(default_factory=list)

    @property
    def is_root(self) -> bool:
        return not self.parent_type

    @property
    def is_referable(self) -> bool:
        """Whether HTML can refer to it (RFC 2392, RFC 2557)."""
        return bool(self.fields.all("content-id") or self.fields.all("content-location"))

    def has_disposition(self) -> bool:
        """False for the usual part of text, which is shown and has no name."""
        return (
            bool(self.fields.all("content-disposition")) or "name" in self.parameters or "filename" in self.parameters
        )

    def encoded(self, most: int | None = None) -> bytes:
        """Return the body as it was sent, or its first `most` octets."""
        return self.source[self.start : self.end if most is None else min(self.end, self.start + most)]

    def decoded_size(self) -> int:
        return transfer.decoded_size(self.source, self.start, self.end, self.transfer_encoding)

    def decoded(self) -> bytes:
        return transfer.decode(self.encoded(), self.transfer_encoding)

    def leaves(self) -> "Iterator[Part]":
        """Yield the parts that hold content, in order. An enclosed message is one of them, and not taken apart."""
        if self.children:
            for child in self.children:
                yield from child.leaves()
        else:
            yield self


def read_structure(raw: bytes) -> Part:
    """Return the root part of `raw`; raise Unreadable beyond the limits of size, number and depth."""
    if len(raw) > MAX_MESSAGE_BYTES:
        raise Unreadable(f"The mail has {len(raw)} bytes, more than {MAX_MESSAGE_BYTES}.")
    source = _with_line_feeds(raw)
    return _Reader().read(source, _start_of_mail(source), len(source), depth=0, parent=None)


def _with_line_feeds(raw: bytes) -> bytes:
    """Return mail whose lines end in CR alone with line feeds instead, so that every offset stays as it is."""
    first_return = raw.find(b"\r", 0, _MAX_FIRST_LINE)
    if first_return < 0 or raw.startswith(b"\n", first_return + 1):
        return raw
    line_end = raw.find(b"\n", 0, _MAX_FIRST_LINE)
    beginning = raw[: line_end if line_end >= 0 else _MAX_FIRST_LINE].rstrip(b"\r")
    if not _FIELD_BEHIND_RETURN.search(beginning):
        return raw
    if b"\n" not in raw:
        return raw.replace(b"\r", b"\n")
    return _BARE_RETURN.sub(b"\n", raw) if len(raw) <= _MAX_MIXED else raw


def _start_of_mail(raw: bytes) -> int:
    """Return where the header begins: behind a byte order mark, and behind blank lines if a field follows them."""
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    blank = _BLANK_LINES.match(raw, start)
    return blank.end() if blank and _FIELD.match(raw, blank.end()) else start


class _Reader:
    def __init__(self) -> None:
        self._part_count = 0

    def read(self, source: bytes, start: int, end: int, *, depth: int, parent: Part | None) -> Part:
        self._part_count += 1
        if self._part_count > MAX_PARTS:
            raise Unreadable(f"The mail has more than {MAX_PARTS} parts.")
        if depth > MAX_DEPTH:
            raise Unreadable(f"The parts are nested deeper than {MAX_DEPTH}.")
        late_header = _LATE_HEADER.match(source, start, end) if parent else None
        fields, body_start = read_fields(source, late_header.end() if late_header else start, end)
        parent_type = parent.content_type if parent else ""
        content_type, parameters = _content_type(fields, parent_type)
        part = Part(source, fields, content_type, parameters, body_start, end, parent_type)
        if fields.all("content-transfer-encoding"):
            part.transfer_encoding = transfer.encoding_named(fields.text("content-transfer-encoding"))
        if parent:
            part.inherited_charset = parent.parameters.get("charset", "") or parent.inherited_charset
        if content_type.startswith("multipart/"):
            self._read_children(part, depth)
        return part

    def _read_children(self, part: Part, depth: int) -> None:
        spans = _spans_of(part)
        if not spans and part.transfer_encoding != transfer.IDENTITY:
            # Only its parts may be encoded (RFC 2045 §6.4); some senders encode the whole.
            part.source = part.decoded()
            part.start, part.end = 0, len(part.source)
            spans = _spans_of(part)
        if not spans:
            # What calls itself a multipart and is not: its content is shown as text.
            part.fields.defects.append(DEFECT_NO_BOUNDARY)
            part.content_type = "text/html" if _HTML_START.match(part.source, part.start, part.end) else "text/plain"
            return
        for start, end in spans:
            part.children.append(self.read(part.source, start, end, depth=depth + 1, parent=part))


def _spans_of(part: Part) -> list[tuple[int, int]]:
    """Return where the parts of a multipart lie, by the boundary it names or else by the one that stands in it."""
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    spans = _spans(part, b"--" + boundary) if boundary else []
    if spans:
        return spans
    seen = _SEEN_DELIMITER.search(part.source, part.start, min(part.end, part.start + _MAX_PREAMBLE))
    return _spans(part, seen[1]) if seen else []


def _spans(part: Part, delimiter: bytes) -> list[tuple[int, int]]:
    """Return where the parts between the delimiter lines lie; without their last line break (RFC 2046 §5.1.1)."""
    raw, end = part.source, part.end
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in islice(_line_starts(raw, delimiter, part.start, end), _MAX_CANDIDATES):
        rest = _DELIMITER_REST.match(raw, found + len(delimiter), end)
        if rest is None:
            continue
        if opened >= 0:
            spans.append((opened, max(opened, _without_line_break(raw, found))))
            if len(spans) > MAX_PARTS:
                raise Unreadable(f"The mail has more than {MAX_PARTS} parts.")
        # Behind the closing delimiter nothing should come, but parts do where an inner multipart has the same boundary.
        opened = -1 if rest[1] else rest.end()
    if opened >= 0:
        spans.append((opened, end))
    return spans


def _line_starts(raw: bytes, text: bytes, start: int, end: int) -> Iterator[int]:
    """Yield where lines begin with `text`."""
    if raw.startswith(text, start, end):
        yield start
    # The line break belongs to what is looked for, since a longer text is found sooner. Base64 has no hyphen, and a
    # single octet is found ten times as fast, so that large attachments are passed over.
    needle = b"\n" + text
    position = start
    while (hyphen := raw.find(b"-", position, end)) >= 0:
        window = min(hyphen + _WINDOW, end)
        position = max(hyphen - 1, start)
        while (found := raw.find(needle, position, window)) >= 0:
            yield found + 1
            position = found + len(needle)
        position = max(position, window - len(needle))
        if window == end:
            return


def _content_type(fields: Fields, parent_type: str) -> tuple[str, Mapping[str, str]]:
    values = fields.all("content-type")
    if len(values) == 1:
        content_type, parameters = _media_type(values[0])
        if content_type:
            return content_type, parameters
    read = [_media_type(value) for value in values[:_MAX_CONTENT_TYPES]]
    # Of several fields one that makes a multipart counts, since only its sender knew the boundary.
    for content_type, parameters in read:
        if content_type.startswith("multipart/") and "boundary" in parameters:
            return content_type, parameters
    for content_type, parameters in read:
        if content_type:
            return content_type, parameters
    # RFC 2045 §5.2, RFC 2046 §5.1.5.
    default = "message/rfc822" if parent_type == "multipart/digest" else "text/plain"
    parameters = read[0][1] if read else {}
    return ("application/octet-stream" if "name" in parameters else default), parameters


def _media_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    """Return the type and its parameters; "" for what is no type, or an incomplete one."""
    text, parameters = parse_parameters(charsets.decode_header_bytes(value))
    if _MEDIA_TYPE.fullmatch(text):
        return text, parameters
    return _SHORT_TYPES.get(text.strip("/"), ""), parameters


def _without_line_break(raw: bytes, end: int) -> int:
    if raw[end - 1 : end] == b"\n":
        end -= 1
    return end - 1 if raw[end - 1 : end] == b"\r" else end


_WINDOW = 8 * 1024
_MAX_FIRST_LINE = 16 * 1024
_MAX_CONTENT_TYPES = 10
_MAX_PREAMBLE = 256 * 1024
_MAX_MIXED = 1024 * 1024
_MAX_CANDIDATES = 100_000
_BARE_RETURN = re.compile(rb"\r(?!\n)")
_FIELD_BEHIND_RETURN = re.compile(rb"\r[!-9;-~]{1,100}:")
_BLANK_LINES = re.compile(rb"(?:[ \t\r]*+\n)++")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*+:")
# A blank line before the header of a part would make its header text.
_LATE_HEADER = re.compile(rb"(?:[ \t\r]*+\n)++(?=Content-(?:Type|Transfer-Encoding|Disposition):)", re.IGNORECASE)
# A boundary may end in white space where it is named (against RFC 2046 §5.1.1), and so it stands before the hyphens.
_DELIMITER_REST = re.compile(rb"[ \t]*+(--)?[ \t\r]*+(?:\n|\Z)")
# What stands as a delimiter where the one that was announced is missing: a line of its form, with a header below.
_SEEN_DELIMITER = re.compile(
    rb"(?:^|(?<=\n))(--[^\s-][^\r\n]{0,200}?|--[^\r\n]{1,200}?)[ \t]*\r?\n(?=Content-[A-Za-z-]{2,30}:)", re.IGNORECASE
)
_HTML_START = re.compile(rb"\s{0,100}<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_SHORT_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "html": "text/html",
    "text/": "text/plain",
    "message": "message/rfc822",
    "multipart": "multipart/mixed",
}
