"""Files that stand as text in a body, uuencoded (IEEE 1003.1). Their names are only shown."""

import binascii
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class EmbeddedFile:
    """A file between `begin` and `end` lines; `start` and `end` enclose those lines as well."""

    name: str
    start: int
    end: int


def embedded_files(body: bytes) -> list[EmbeddedFile]:
    """Return the uuencoded files in a text, in order; at most MAX_EMBEDDED_FILES."""
    if b"begin " not in body:
        return []
    found: list[EmbeddedFile] = []
    position = 0
    while len(found) < MAX_EMBEDDED_FILES and (begin := _BEGIN.search(body, position)) is not None:
        lines = _LINES.match(body, begin.end())
        assert lines is not None  # The pattern matches no line, too.
        if lines.end() > begin.end() and (ended := _END.match(body, lines.end())) is not None:
            name = begin[1].strip().decode("utf-8", "replace")
            found.append(EmbeddedFile(name, begin.start(), ended.end()))
            position = ended.end()
        else:
            position = lines.end()
    return found


def decode(body: bytes) -> bytes:
    """Return the octets of the first uuencoded file in `body`; `body` itself if there is none."""
    begin = _BEGIN.search(body)
    if begin is None:
        return body
    decoded: list[bytes] = []
    for line in body[begin.end() :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line == b"end":
            break
        decoded.append(_decoded_line(line))
    return b"".join(decoded)


def _decoded_line(line: bytes) -> bytes:
    if not line:
        return b""
    # Some encoders write a wrong number of digits; the first says how many octets are meant.
    octet_count = (line[0] - 32) & 63
    digit_count = (octet_count * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[: 1 + digit_count])
    except binascii.Error:
        return b""


MAX_EMBEDDED_FILES = 100
_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,500})\r?\n", re.MULTILINE)
# A line begins with its number of octets, M for 45; none is longer than 84 digits.
_LINES = re.compile(rb"(?:[!-M`][ -`]{0,86}+\r?\n)*+")
_END = re.compile(rb"(?:[ `]?[ `]{0,4}\r?\n)?end[ \t]*(?:\r?\n|\Z)")
