"""The tree of parts of a mail (RFC 5322 §2, RFC 2046 §5), found without decoding or copying any body.

The standard library's parser copies every line and has no limits; this one keeps offsets into the raw bytes, costs
about a tenth, and stops at the limits of `mailboxes.mime.limits` before they are spent.
"""

import re
from dataclasses import dataclass, field

from mailboxes.mime.charsets import decode_header_bytes
from mailboxes.mime.limits import (
    MAX_DEPTH,
    MAX_FIELD_BYTES,
    MAX_HEADER_BYTES,
    MAX_HEADER_LINES,
    MAX_MESSAGE_BYTES,
    MAX_PARTS,
    Unreadable,
)
from mailboxes.mime.parameters import parse_parameters

DEFECT_HEADER_CUT = "header_cut"
DEFECT_HEADER_BROKEN = "header_broken"
DEFECT_NO_BOUNDARY = "multipart_without_boundary"


@dataclass(slots=True)
class Fields:
    """The header fields of one part, in order, unfolded and not decoded."""

    items: list[tuple[str, bytes]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    _by_name: dict[str, list[bytes]] | None = None

    def all(self, name: str) -> list[bytes]:
        """Return the values with this lower-case name, in order."""
        if self._by_name is None:
            self._by_name = {}
            for key, value in self.items:
                self._by_name.setdefault(key.lower(), []).append(value)
        return self._by_name.get(name, [])

    def text(self, name: str) -> str:
        """Return the first value with this lower-case name, as it was written; "" if there is none."""
        values = self.all(name)
        return decode_header_bytes(values[0]).strip() if values else ""


@dataclass(slots=True)
class Part:
    """One part: its fields, and where its body lies in the raw mail."""

    fields: Fields
    content_type: str
    parameters: dict[str, str]
    start: int
    end: int
    parent_type: str = ""
    children: "list[Part]" = field(default_factory=list)

    @property
    def transfer_encoding(self) -> str:
        words = self.fields.text("content-transfer-encoding").lower().replace(";", " ").split()
        return words[0] if words else "7bit"


def read_structure(raw: bytes) -> Part:
    """Return the root part of `raw`; raise Unreadable beyond the limits of size, number and depth."""
    if len(raw) > MAX_MESSAGE_BYTES:
        raise Unreadable(f"The mail has {len(raw)} bytes, more than {MAX_MESSAGE_BYTES}.")
    return _Reader(raw).read(0, len(raw), depth=0, parent_type="")


def read_fields(raw: bytes, start: int, end: int) -> tuple[Fields, int]:
    """Read the header section that begins at `start`; return its fields and where the body begins."""
    fields = Fields()
    block_end, body_start = _end_of_header(raw, start, end)
    cut_end = min(block_end, start + MAX_HEADER_BYTES)
    lines = raw[start:cut_end].split(b"\n", MAX_HEADER_LINES)
    if cut_end < block_end or len(lines) > MAX_HEADER_LINES:
        fields.defects.append(DEFECT_HEADER_CUT)
        del lines[MAX_HEADER_LINES:]
    offset = start
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            _continue_field(fields, line)
        elif (named := _FIELD.match(line)) is not None:
            _add_field(fields, named[1].decode("ascii"), line[named.end() :])
        elif line.strip() and not (offset == start and line.startswith((b"From ", b">From "))):
            # No field, so the blank line is missing and the body begins here.
            fields.defects.append(DEFECT_HEADER_BROKEN)
            body_start = offset
            break
        offset += len(line) + 1
    return fields, body_start


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._part_count = 0

    def read(self, start: int, end: int, *, depth: int, parent_type: str) -> Part:
        self._part_count += 1
        if self._part_count > MAX_PARTS:
            raise Unreadable(f"The mail has more than {MAX_PARTS} parts.")
        if depth > MAX_DEPTH:
            raise Unreadable(f"The parts are nested deeper than {MAX_DEPTH}.")
        fields, body_start = read_fields(self._raw, start, end)
        content_type, parameters = _content_type(fields, parent_type)
        part = Part(fields, content_type, parameters, body_start, end, parent_type)
        if content_type.startswith("multipart/"):
            self._read_children(part, depth)
        return part

    def _read_children(self, part: Part, depth: int) -> None:
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        spans = self._spans(part.start, part.end, b"--" + boundary) if boundary else []
        if not spans:
            # What calls itself a multipart and is not: its content is shown as text.
            part.fields.defects.append(DEFECT_NO_BOUNDARY)
            part.content_type = "text/plain"
            return
        for start, end in spans:
            part.children.append(self.read(start, end, depth=depth + 1, parent_type=part.content_type))

    def _spans(self, start: int, end: int, delimiter: bytes) -> list[tuple[int, int]]:
        """Return where the parts between the delimiter lines lie; without their last line break (RFC 2046 §5.1.1)."""
        raw, spans, opened, position = self._raw, [], -1, start
        while (found := raw.find(delimiter, position, end)) >= 0:
            position = found + len(delimiter)
            at_line_start = found == start or raw[found - 1] == _LF
            rest = _DELIMITER_REST.match(raw, position, end) if at_line_start else None
            if rest is None:
                continue
            if opened >= 0:
                spans.append((opened, max(opened, _without_line_break(raw, found))))
                if len(spans) > MAX_PARTS:
                    raise Unreadable(f"The mail has more than {MAX_PARTS} parts.")
            opened = position = rest.end()
            if rest[1]:
                return spans
        if opened >= 0:
            spans.append((opened, end))
        return spans


def _content_type(fields: Fields, parent_type: str) -> tuple[str, dict[str, str]]:
    content_type, parameters = parse_parameters(fields.text("content-type"))
    if _MEDIA_TYPE.fullmatch(content_type):
        return content_type, parameters
    # RFC 2045 §5.2, RFC 2046 §5.1.5.
    default = "message/rfc822" if parent_type == "multipart/digest" else "text/plain"
    return default, parameters


def _end_of_header(raw: bytes, start: int, end: int) -> tuple[int, int]:
    if blank := _BLANK_FIRST_LINE.match(raw, start, end):
        return start, blank.end()
    if blank := _BLANK_LINE.search(raw, start, end):
        return blank.start() + 1, blank.end()
    return end, end


def _add_field(fields: Fields, name: str, value: bytes) -> None:
    _append(fields, name, value.strip())


def _continue_field(fields: Fields, line: bytes) -> None:
    if fields.items:
        name, value = fields.items.pop()
        _append(fields, name, value + line.rstrip(b"\r"))


def _append(fields: Fields, name: str, value: bytes) -> None:
    if len(value) > MAX_FIELD_BYTES:
        if DEFECT_HEADER_CUT not in fields.defects:
            fields.defects.append(DEFECT_HEADER_CUT)
        value = value[:MAX_FIELD_BYTES]
    fields.items.append((name, value))


def _without_line_break(raw: bytes, end: int) -> int:
    if raw[end - 1 : end] == b"\n":
        end -= 1
    return end - 1 if raw[end - 1 : end] == b"\r" else end


_LF = 0x0A
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*+:")
_BLANK_FIRST_LINE = re.compile(rb"\r*+\n")
_BLANK_LINE = re.compile(rb"\n\r*+\n")
_DELIMITER_REST = re.compile(rb"(--)?[ \t\r]*+(?:\n|\Z)")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
