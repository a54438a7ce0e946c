"""What an attachment is called, and how large it is."""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailboxes.filenames import shown_filename
from mailboxes.mime import charsets, transfer
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.fields import read_fields
from mailboxes.mime.parameters import parse_parameters
from mailboxes.mime.structure import Part
from mailhub.lib.headers import clean_header


@dataclass(frozen=True)
class AttachmentPart:
    """One attachment. `size` is in octets once decoded; `position` finds its content again in the same raw mail.

    `filename` is for reading; a file is stored and offered under what `safe_filename` makes of it.
    """

    position: int
    filename: str
    content_type: str
    size: int
    content_id: str
    is_inline: bool


def disposition_of(part: Part, *charset_hints: str) -> tuple[str, str]:
    """Return the disposition in lower case, and the file name that either header gives, not yet made safe."""
    disposition = ""
    parameters: Mapping[str, str] = {}
    for value in part.fields.all("content-disposition")[:_MAX_DISPOSITIONS]:
        disposition, parameters = parse_parameters(charsets.decode_header_bytes(value, *charset_hints))
        if disposition in _DISPOSITIONS or parameters:
            break
    filename = parameters.get("filename") or parameters.get("name", "")
    name = part.parameters.get("name") or part.parameters.get("filename", "")
    if not all(value.isascii() for value in part.fields.all("content-type")):
        _type, hinted = parse_parameters(part.fields.text("content-type", *charset_hints))
        name = hinted.get("name") or name
    if name.strip() and (not filename.strip() or _is_damaged(filename)) and not _is_damaged(name):
        return disposition, name
    return disposition, filename


def content_id_of(part: Part) -> str:
    content_id = clean_header(part.fields.text("content-id")).strip("<> ")
    return content_id if len(content_id) <= _MAX_CONTENT_ID else ""


def describe(
    part: Part, position: int, *, referenced: frozenset[str], charset_hints: tuple[str, ...]
) -> AttachmentPart:
    """Describe the part at `position`; `referenced` are the Content-IDs that the HTML shows."""
    disposition, filename = disposition_of(part, *charset_hints)
    content_id = content_id_of(part)
    return AttachmentPart(
        position=position,
        filename=shown_filename(filename, "") or _fallback_name(part, position),
        content_type=part.content_type,
        size=part.decoded_size(),
        content_id=content_id,
        is_inline=_is_inline(part, disposition, content_id, referenced),
    )


def _is_damaged(name: str) -> bool:
    return "\ufffd" in name or "=?" in name


def _is_inline(part: Part, disposition: str, content_id: str, referenced: frozenset[str]) -> bool:
    if not content_id:
        return False
    return content_id in referenced or (disposition == "inline" and part.parent_type == "multipart/related")


def _fallback_name(part: Part, position: int) -> str:
    for field in ("content-location", "content-description"):
        named = clean_header(decode_words(part.fields.text(field)))
        if _FILE_NAME.fullmatch(named):
            return shown_filename(named, f"attachment-{position}.bin")
    if part.content_type == "message/rfc822":
        return _name_of_message(part)
    if part.content_type in _USUAL_NAMES:
        return _USUAL_NAMES[part.content_type]
    main_type = part.content_type.partition("/")[0]
    stem = main_type if main_type in _MEDIA else "attachment"
    return f"{stem}-{position}{_extension(part.content_type, main_type)}"


def _extension(content_type: str, main_type: str) -> str:
    usual = _USUAL_EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type)
    return usual or (".txt" if main_type in ("text", "message") else ".bin")


def _name_of_message(part: Part) -> str:
    """Return the subject of an enclosed message as a file name."""
    message = part.encoded(_MAX_ENCLOSED)
    if part.transfer_encoding != transfer.IDENTITY:
        message = transfer.decode(message, part.transfer_encoding)
    fields, _body_start = read_fields(message, len(message) - len(message.lstrip()), len(message))
    subject = decode_words(fields.text("subject")).translate(_NOT_A_PATH)
    return shown_filename(f"{subject.strip() or 'message'}.eml", "message.eml")


_MAX_CONTENT_ID = 255
_MAX_DISPOSITIONS = 10
_MAX_ENCLOSED = 512 * 1024
_DISPOSITIONS = frozenset({"attachment", "inline"})
_FILE_NAME = re.compile(r"[^/\\:*?\"<>|\r\n]{1,120}\.[A-Za-z0-9]{2,5}")
_NOT_A_PATH = str.maketrans("/\\", "--")
_MEDIA = frozenset({"image", "audio", "video"})
# What is no registered type, and written all the same.
_USUAL_EXTENSIONS = {"image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/x-png": ".png", "audio/mp3": ".mp3"}
_USUAL_NAMES = {
    "text/calendar": "invite.ics",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pgp-signature": "signature.asc",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
}
