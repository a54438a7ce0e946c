"""The header section of a part (RFC 5322 §2.2), as it really arrives: with lines in it that are no fields."""

import re
from dataclasses import dataclass, field

from mailboxes.mime import charsets
from mailboxes.mime.limits import MAX_FIELD_BYTES, MAX_HEADER_BYTES, MAX_HEADER_LINES

DEFECT_HEADER_CUT = "header_cut"
DEFECT_HEADER_BROKEN = "header_broken"


@dataclass(slots=True)
class Fields:
    """The header fields of one part, in order, unfolded and not decoded."""

    items: list[tuple[str, bytes]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    _by_name: dict[str, list[bytes]] | None = None

    def all(self, name: str) -> list[bytes]:
        """Return the values with this lower-case name, in order."""
        by_name = self._by_name
        if by_name is None:
            by_name = self._by_name = {}
            for key, value in self.items:
                by_name.setdefault(key.lower(), []).append(value)
        return by_name.get(name, [])

    def text(self, name: str, *charset_hints: str) -> str:
        """Return the first value with this lower-case name that is not empty, as it was written; "" if none is."""
        for value in self.all(name):
            if value:
                return charsets.decode_header_bytes(value, *charset_hints).strip()
        return ""


def read_fields(raw: bytes, start: int, end: int) -> tuple[Fields, int]:
    """Read the header section that begins at `start`; return its fields and where the body begins.

    A line that is no field is left out as long as fields follow that mail is known to have. Where none follows, the
    blank line is missing, and the body begins with that line.
    """
    fields = Fields()
    block_end, body_start = _end_of_header(raw, start, end)
    block = raw[start : min(block_end, start + MAX_HEADER_BYTES)]
    if len(block) < block_end - start:
        fields.defects.append(DEFECT_HEADER_CUT)
    if not _read_well_formed(fields, block):
        body_offset = _read_line_by_line(fields, block)
        if body_offset is not None:
            body_start = start + body_offset
    return fields, body_start


def _end_of_header(raw: bytes, start: int, end: int) -> tuple[int, int]:
    if blank := _BLANK_FIRST_LINE.match(raw, start, end):
        return start, blank.end()
    if blank := _BLANK_LINE.search(raw, start, end):
        return blank.start() + 1, blank.end()
    return end, end


def _read_well_formed(fields: Fields, block: bytes) -> bool:
    """Read the fields of a header without a flaw; add nothing and return False for any other."""
    found = _WELL_FORMED.findall(block)
    if len(found) > MAX_HEADER_LINES or (found and found[-1][2]) or block.count(b"\n") >= MAX_HEADER_LINES:
        return False
    items: list[tuple[str, bytes]] = []
    for name, value, foreign in found:
        if foreign or len(value) > MAX_FIELD_BYTES:
            return False
        items.append((name.decode("ascii"), _FOLD.sub(b" ", value) if b"\n" in value else value))
    fields.items = items
    return True


def _read_line_by_line(fields: Fields, block: bytes) -> int | None:
    """Read any header; return where in `block` the body begins if it begins there already, else None."""
    lines = block.split(b"\n", MAX_HEADER_LINES)
    if len(lines) > MAX_HEADER_LINES:
        _note(fields, DEFECT_HEADER_CUT)
        del lines[MAX_HEADER_LINES:]
    last_known = max((number for number, line in enumerate(lines) if _KNOWN_FIELD.match(line)), default=-1)
    offset = 0
    for number, line in enumerate(lines):
        is_continuation = line[:1] in (b" ", b"\t") and bool(fields.items)
        if is_continuation or _is_lost_continuation(fields, line):
            _continue_field(fields, line)
        # White space before the first field continues nothing.
        elif (named := _FIELD.match(line if fields.items else line.lstrip(b" \t"))) is not None:
            _append(fields, named[1].decode("ascii"), named.string[named.end() :].strip())
        elif line.startswith(b"--") and _is_delimiter(fields, line):
            # Behind it are the fields of a part.
            _note(fields, DEFECT_HEADER_BROKEN)
            return offset
        elif line.strip() and not (number == 0 and line.startswith(_MBOX_SEPARATORS)):
            _note(fields, DEFECT_HEADER_BROKEN)
            if number > last_known and not _ILL_NAMED.match(line):
                return offset
        offset += len(line) + 1
    return None


def _is_lost_continuation(fields: Fields, line: bytes) -> bool:
    """True where the white space is missing that would make the line belong to the one above."""
    if not fields.items:
        return False
    value = fields.items[-1][1]
    if value.endswith(b";"):
        return _LOST_PARAMETER.match(line) is not None
    return value.endswith(b",") and b"@" in line and _FIELD.match(line) is None


def _is_delimiter(fields: Fields, line: bytes) -> bool:
    """True for the line that parts the body, if a field above names its boundary (RFC 2046 §5.1.1)."""
    boundary = line[2:].rstrip()
    return bool(boundary) and any(boundary in value for name, value in fields.items if name.lower() == "content-type")


def _continue_field(fields: Fields, line: bytes) -> None:
    name, value = fields.items.pop()
    text = line.strip()
    _append(fields, name, b"%b %b" % (value, text) if value and text else value or text)


def _append(fields: Fields, name: str, value: bytes) -> None:
    if len(value) > MAX_FIELD_BYTES:
        _note(fields, DEFECT_HEADER_CUT)
        value = value[:MAX_FIELD_BYTES]
    fields.items.append((name, value))


def _note(fields: Fields, defect: str) -> None:
    if defect not in fields.defects:
        fields.defects.append(defect)


_MBOX_SEPARATORS = (b"From ", b">From ")
_BLANK_FIRST_LINE = re.compile(rb"\r*+\n")
_BLANK_LINE = re.compile(rb"\n\r*+\n")
# A field, or whatever stands from there on: it is the last match, so that nothing is looked through twice.
_WELL_FORMED = re.compile(
    rb"([!-9;-~]{1,200}):[ \t]*+([^\r\n]*+(?:\r?\n[ \t]++[^\s][^\r\n]*+)*+)(?:\r?\n|\Z)|(.+)", re.DOTALL
)
_FOLD = re.compile(rb"[ \t]*\r?\n[ \t]+")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*+:")
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|received|return-path|"
    rb"delivered-to|mime-version|list-[a-z]{2,20}|content-[a-z-]{2,30}|x-[a-z0-9-]{2,60}|auto-submitted|"
    rb"authentication-results|dkim-signature|importance|priority|precedence|thread-[a-z]{3,10}|user-agent|organization|"
    rb"errors-to|disposition-notification-to)[ \t]*+:",
    re.IGNORECASE,
)
# `X-Spam Status: No` and the like: meant as a field, whatever follows.
_ILL_NAMED = re.compile(rb"(?:X-|Content-|Received|Mime-)[^:\r\n]{1,60}:", re.IGNORECASE)
_LOST_PARAMETER = re.compile(
    rb"(?:boundary|charset|name|filename|format|type|protocol|report-type|micalg)(?:\*\d{0,3}\*?)?[ \t]*=",
    re.IGNORECASE,
)
