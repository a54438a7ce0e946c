"""Mail of ours before it is signed or encrypted."""

from __future__ import annotations

from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload, Composition, compose
from tests.mailboxes.smime.authority import NOW

TEXT = "The price is 40.\nAnna\n"


def written(
    text: str = TEXT,
    *,
    html: str = "",
    subject: str = "The offer",
    attachments: tuple[AttachmentUpload, ...] = (),
) -> bytes:
    """Return a mail of Anna's, as it is composed."""
    return compose(
        Composition(
            from_=Address("Anna Berg", "anna@example.com"),
            to=(Address("Office", "office@harbor.example"),),
            subject=subject,
            text=text,
            html=html,
            message_id="offer-1@example.com",
            date=NOW,
            attachments=attachments,
        )
    )


def header_of(raw: bytes) -> bytes:
    """Return the header of a mail without the fields that describe its content."""
    lines = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith((b"content-", b"mime-version")))


def content_of(raw: bytes) -> bytes:
    """Return the entity in a mail: the fields that describe its content, and the content."""
    header, _blank, body = raw.partition(b"\r\n\r\n")
    fields = header.replace(b"\r\n ", b"\x00").split(b"\r\n")
    kept = [one.replace(b"\x00", b"\r\n ") for one in fields if one.lower().startswith(b"content-")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body
