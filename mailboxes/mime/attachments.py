"""What an attachment is called, and how large it is."""

import mimetypes
from dataclasses import dataclass

from mailboxes.filenames import safe_filename
from mailboxes.mime import transfer
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.parameters import parse_parameters
from mailboxes.mime.structure import Part, read_fields
from mailhub.lib.headers import clean_header


@dataclass(frozen=True)
class AttachmentPart:
    """One attachment. `size` is in octets once decoded; `position` finds its content again in the same raw mail."""

    position: int
    filename: str
    content_type: str
    size: int
    content_id: str
    is_inline: bool


def disposition_of(part: Part) -> tuple[str, str]:
    """Return the disposition in lower case, and the file name that either header gives, not yet made safe."""
    disposition, parameters = parse_parameters(part.fields.text("content-disposition"))
    return disposition, parameters.get("filename") or part.parameters.get("name", "")


def content_id_of(part: Part) -> str:
    content_id = clean_header(part.fields.text("content-id")).strip("<> ")
    return content_id if len(content_id) <= _MAX_CONTENT_ID else ""


def describe(raw: bytes, part: Part, position: int, *, referenced: frozenset[str]) -> AttachmentPart:
    """Describe the part at `position`; `referenced` are the Content-IDs that the HTML shows."""
    disposition, filename = disposition_of(part)
    content_id = content_id_of(part)
    return AttachmentPart(
        position=position,
        filename=safe_filename(filename, _fallback_name(raw, part, position)),
        content_type=part.content_type,
        size=transfer.decoded_size(raw[part.start : part.end], part.transfer_encoding),
        content_id=content_id,
        is_inline=_is_inline(part, disposition, content_id, referenced),
    )


def _is_inline(part: Part, disposition: str, content_id: str, referenced: frozenset[str]) -> bool:
    if not content_id:
        return False
    return content_id in referenced or (disposition == "inline" and part.parent_type == "multipart/related")


def _fallback_name(raw: bytes, part: Part, position: int) -> str:
    if part.content_type == "message/rfc822":
        fields, _body_start = read_fields(raw, part.start, part.end)
        subject = decode_words(fields.text("subject")).translate(_NOT_A_PATH)
        return safe_filename(f"{subject or 'message'}.eml", "message.eml")
    if part.content_type in _USUAL_NAMES:
        return _USUAL_NAMES[part.content_type]
    return f"attachment-{position}{mimetypes.guess_extension(part.content_type) or '.bin'}"


_MAX_CONTENT_ID = 255
_NOT_A_PATH = str.maketrans("/\\", "--")
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
}
