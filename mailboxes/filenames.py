"""File names and types of attachments that are safe to offer (SECURITY TC3)."""

import re

from mailhub.lib.headers import clean_header

MAX_FILENAME_BYTES = 180


def shown_filename(name: str, fallback: str) -> str:
    """Return the last component of `name` as its sender wrote it, else `fallback`.

    It is on one line, has nothing invisible, and at most 180 octets in UTF-8. It is for reading: a file is stored and
    offered under its `safe_filename`.
    """
    last = clean_header(name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = _INVISIBLE.sub("", last).strip()
    return _shortened(shown) if _ENDS.sub("", shown) else fallback


def safe_filename(name: str, fallback: str) -> str:
    """Return the last component of `name` with nothing that a file system or a header acts on, else `fallback`.

    At most 180 octets in UTF-8; the extension survives the cut.
    """
    cleaned = _FORBIDDEN.sub("_", shown_filename(name, ""))
    # A leading dot hides a file; Windows drops dots and spaces at the end, and with them a check of the extension.
    stem = _ENDS.sub("", cleaned)
    if not stem:
        return fallback
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return _shortened(stem)


def may_show_inline(content_type: str, head: bytes) -> bool:
    """True only for PNG, JPEG, GIF and WebP whose first bytes say the same; anything else is a download."""
    signature = _SIGNATURES.get(content_type.lower())
    return signature is not None and signature.match(head) is not None


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_FILENAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > _MAX_EXTENSION_BYTES:
        stem, extension = name, ""
    ending = f"{dot}{extension}" if extension else ""
    room = MAX_FILENAME_BYTES - len(ending.encode())
    return _ENDS.sub("", stem.encode()[:room].decode("utf-8", "ignore")) + ending


_MAX_EXTENSION_BYTES = 20
_ENDS = re.compile(r"^[\s.]+|[\s.]+\Z")
_FORBIDDEN = re.compile(r'[<>:"|?*/]')
_INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u206f\ufeff\ufff9-\ufffb]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
