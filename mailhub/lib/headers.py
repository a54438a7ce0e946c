"""Header values that are safe to store, to show and to send (RFC 5322 §2.2)."""

import re
import unicodedata


class InvalidHeaderName(ValueError):
    """The text is not a field name of RFC 5322 §2.2."""


def clean_header(value: str) -> str:
    """Return `value` as one line of text: NFC, white space folded to single spaces, nothing that acts on its reader.

    Dropped are C0, DEL and C1 (Python and some servers end a header line at VT, FS or NEL), U+2028 and U+2029, and the
    bidirectional controls that make `x<U+202E>gpj.exe` look like a picture. A lone surrogate becomes U+FFFD, because it
    can be neither stored nor sent.
    """
    if value.isascii() and value.isprintable():
        return value.strip()
    spaced = _FOLDING.sub(" ", value)
    scrubbed = _LONE_SURROGATE.sub("\ufffd", _DROPPED.sub("", spaced))
    return unicodedata.normalize("NFC", scrubbed).strip()


def valid_header_name(name: str) -> str:
    """Return `name` unchanged, or raise InvalidHeaderName."""
    if not _FIELD_NAME.fullmatch(name):
        raise InvalidHeaderName(f"not a header name: {name[:80]!r}")
    return name


_FOLDING = re.compile(r"[\t\r\n]+ *")
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# RFC 5322 allows any printable ASCII but the colon; only these are seen, and accepted by every server.
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
