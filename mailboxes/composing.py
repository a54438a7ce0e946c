"""Writing a mail: complete bytes that any server takes, without 8BITMIME or SMTPUTF8 (SECURITY TC4)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import MultipartInvariantViolationDefect
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, EmailPolicy, compat32
from email.utils import format_datetime
from typing import Any

from mailboxes.addresses import Address, normalise, quoted_phrase
from mailboxes.filenames import safe_filename
from mailboxes.identifiers import identifiers_in
from mailboxes.mime.encoded_words import encode_words
from mailhub.lib.headers import InvalidHeaderName, clean_header, valid_header_name
from mailhub.lib.html import html_to_text

MAX_REFERENCES = 20


class CompositionRefused(Exception):
    """The mail cannot be written as asked; the text says which value is at fault."""


@dataclass(frozen=True)
class AttachmentUpload:
    """A file to attach. A content type that is none, and any multipart, goes out as application/octet-stream."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Composition:
    """Everything that is in a mail. Recipients in blind copy are not: they exist in the envelope only.

    Identifiers are without angle brackets, `in_reply_to` is "" for none, `date` is aware. Without `text` it is
    derived from `html`; without `html` the mail is plain text.
    """

    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    html: str = ""
    attachments: tuple[AttachmentUpload, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    extra_headers: tuple[tuple[str, str], ...] = field(default=())


def compose(composition: Composition) -> bytes:
    """Return the mail as it goes onto the wire: CRLF line ends, ASCII only, no line above 998 octets (RFC 5322 §2.1.1).

    Raises CompositionRefused. What was written is read again by another parser before it is returned, so that no
    value can have added, ended or doubled a header.
    """
    message = EmailMessage(policy=_WIRE)
    names = _write_header(message, composition)
    _write_content(message, composition)
    raw = message.as_bytes()
    _verify(raw, names)
    return raw


def content_of(raw: bytes) -> list[tuple[str, str | None, object]]:
    """Return type, name and content of each part: what two mails have in common whose boundaries differ."""
    leaves = [part for part in message_from_bytes(raw).walk() if not part.is_multipart()]
    return [(part.get_content_type(), part.get_filename(), part.get_payload(decode=True)) for part in leaves]


def reply_subject(subject: str) -> str:
    """Return the subject of a reply: one "Re:", whatever stood before (RFC 5322 §3.6.5)."""
    rest = clean_header(subject)
    while (prefix := _REPLY_PREFIX.match(rest)) is not None:
        rest = rest[prefix.end() :]
    return f"Re: {rest}".rstrip()


def references_for_reply(message_id: str, references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the References of a reply to `message_id` (RFC 5322 §3.6.4): the first, and the newest of the others."""
    chain = tuple(dict.fromkeys(reference for reference in references if reference != message_id))
    if message_id:
        chain += (message_id,)
    return chain if len(chain) <= MAX_REFERENCES else chain[:1] + chain[1 - MAX_REFERENCES :]


class _WirePolicy(EmailPolicy):
    """SMTP's policy, for header values that are already encoded.

    The policy of the standard library parses each value and writes it anew, which turns long identifiers into encoded
    words and loses the quotes around a comma when a name is not ASCII. Here a value is ASCII or it is refused, and
    is broken at its spaces only.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        text = str(value)
        if not (text.isascii() and text.isprintable()):
            raise CompositionRefused(f"The header {name} is not printable ASCII.")
        return name, text

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value

    def fold(self, name: str, value: str) -> str:
        return _folded(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return _folded(name, value).encode("ascii")


_WIRE = _WirePolicy(**{key: getattr(SMTP, key) for key in ("linesep", "raise_on_defect")}, cte_type="7bit")


def _write_header(message: EmailMessage, composition: Composition) -> list[str]:
    """Write all fields but those of MIME, and return their names."""
    fields = [
        ("From", _wire_addresses((composition.from_,))),
        ("To", _wire_addresses(composition.to)),
        ("Cc", _wire_addresses(composition.cc)),
        ("Reply-To", _wire_addresses(composition.reply_to)),
        ("Subject", _wire_text(composition.subject)),
        ("Date", _wire_date(composition.date)),
        ("Message-ID", _wire_identifiers("Message-ID", (composition.message_id,))),
        (
            "In-Reply-To",
            _wire_identifiers("In-Reply-To", (composition.in_reply_to,)) if composition.in_reply_to else "",
        ),
        ("References", _wire_identifiers("References", composition.references)),
    ]
    written = [(name, value) for name, value in fields if value or name == "Subject"]
    if not composition.to and not composition.cc:
        # An empty group: some servers refuse a mail without any destination field.
        written.insert(1, ("To", "undisclosed-recipients:;"))
    written += _extra_fields(composition.extra_headers)
    for name, value in written:
        message[name] = value
    return [name for name, _value in written]


def _extra_fields(extra_headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    fields: dict[str, tuple[str, str]] = {}
    for name, value in extra_headers:
        try:
            key = valid_header_name(name).lower()
        except InvalidHeaderName as error:
            raise CompositionRefused(str(error)) from error
        if key in _OWN_FIELDS or key.startswith(("content-", "resent-")):
            raise CompositionRefused(f"{name} cannot be set as an extra header.")
        if key in fields:
            raise CompositionRefused(f"{name} is given twice.")
        fields[key] = (name, _wire_text(value))
    return list(fields.values())


def _write_content(message: EmailMessage, composition: Composition) -> None:
    text = composition.text or html_to_text(composition.html)
    message.set_content(_with_final_line_break(text))
    if composition.html:
        message.add_alternative(_with_final_line_break(composition.html), subtype="html")
    for number, upload in enumerate(composition.attachments, start=1):
        _attach(message, upload, fallback=f"attachment-{number}")


def _attach(message: EmailMessage, upload: AttachmentUpload, *, fallback: str) -> None:
    filename = safe_filename(upload.filename, fallback)
    if upload.content_type.lower() == "message/rfc822" and _may_go_unencoded(upload.content):
        # RFC 2046 §5.2.1 allows no base64 here.
        enclosed = EmailMessage(policy=_WIRE)
        enclosed["Content-Type"] = "message/rfc822"
        enclosed["Content-Transfer-Encoding"] = "7bit"
        enclosed["Content-Disposition"] = "attachment"
        enclosed.set_param("filename", filename, header="Content-Disposition")
        enclosed.set_payload(_LINE_BREAK.sub(b"\r\n", upload.content).decode("ascii"))
        if message.get_content_type() != "multipart/mixed":
            message.make_mixed()
        message.attach(enclosed)
        return
    maintype, subtype = _media_type(upload.content_type)
    message.add_attachment(upload.content, maintype=maintype, subtype=subtype, filename=filename)


def _media_type(content_type: str) -> tuple[str, str]:
    maintype, _slash, subtype = content_type.lower().partition("/")
    is_usable = _TOKEN.fullmatch(maintype) and _TOKEN.fullmatch(subtype) and maintype not in ("multipart", "message")
    return (maintype, subtype) if is_usable else ("application", "octet-stream")


def _may_go_unencoded(content: bytes) -> bool:
    return content.isascii() and b"\x00" not in content and _longest_line(content) <= _MAX_LINE


def _verify(raw: bytes, names: list[str]) -> None:
    """Raise CompositionRefused unless a second parser finds exactly the fields that were meant."""
    read = BytesHeaderParser(policy=compat32).parsebytes(raw)
    mime_names = {"mime-version", "content-type", "content-transfer-encoding"}
    found = sorted(name.lower() for name in read if name.lower() not in mime_names)
    # Some releases of Python 3.11 call a multipart whose body was not asked for a defect.
    defects = [one for one in read.defects if not isinstance(one, MultipartInvariantViolationDefect)]
    if found != sorted(name.lower() for name in names) or found.count("from") != 1 or defects:
        raise CompositionRefused("A value would have changed the header of the mail.")
    if not raw.isascii() or _longest_line(raw) > _MAX_LINE:
        raise CompositionRefused("A line of the mail would be too long or not ASCII.")


def _wire_addresses(addresses: tuple[Address, ...]) -> str:
    return ", ".join(_wire_address(address) for address in addresses)


def _wire_address(address: Address) -> str:
    addr_spec = _wire_addr_spec(address.addr_spec)
    name = clean_header(address.display_name)
    if not name:
        return addr_spec
    return f"{quoted_phrase(name) if name.isascii() else encode_words(name)} <{addr_spec}>"


def _wire_addr_spec(addr_spec: str) -> str:
    local_part, _at, domain = addr_spec.rpartition("@")
    written = f"{local_part}@{normalise(domain)}"
    if not _ADDR_SPEC.fullmatch(written):
        raise CompositionRefused(f"{addr_spec[:100]!r} cannot be written as an address.")
    return written


def _wire_text(value: str) -> str:
    cleaned = clean_header(value)
    # Text that looks like an encoded word must not be decoded by the reader.
    return cleaned if cleaned.isascii() and "=?" not in cleaned else encode_words(cleaned)


def _wire_date(date: datetime) -> str:
    if date.tzinfo is None:
        raise CompositionRefused("The date has no time zone.")
    return format_datetime(date)


def _wire_identifiers(name: str, identifiers: tuple[str, ...]) -> str:
    read = identifiers_in(f"<{identifier.strip('<> ')}>" for identifier in identifiers)
    if len(read) != len(set(identifiers)) or not all(identifier.isascii() for identifier in read):
        raise CompositionRefused(f"{name} is no message identifier.")
    return " ".join(f"<{identifier}>" for identifier in read)


def _folded(name: str, value: str) -> str:
    """Break the field before spaces so that lines stay within 78 characters where they can (RFC 5322 §2.1.1)."""
    lines, line = [], f"{name}:"
    for word in _WORD_WITH_SPACE.findall(f" {value}"):
        if len(line) + len(word) > _WISHED_LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += word
    return "\r\n".join([*lines, line]) + "\r\n"


def _with_final_line_break(text: str) -> str:
    # A lone surrogate cannot be encoded, and NUL is forbidden (RFC 5322 §4).
    writable = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    unified = writable.replace("\r\n", "\n").replace("\r", "\n")
    return unified if unified.endswith("\n") else f"{unified}\n"


def _longest_line(raw: bytes) -> int:
    return max(len(line) for line in raw.replace(b"\r\n", b"\n").split(b"\n"))


_WISHED_LINE = 78
_MAX_LINE = 998
_OWN_FIELDS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"}
    | {"return-path", "received", "mime-version", "dkim-signature"}
)
_WORD_WITH_SPACE = re.compile(r" +[^ ]+")
_LINE_BREAK = re.compile(rb"\r\n|\r|\n")
_TOKEN = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}")
_ADDR_SPEC = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,200}@[A-Za-z0-9._-]{1,255}")
_REPLY_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|odp|res|rif|ref|réf|ynt|ta|回复|答复|回覆|返信)\s?(?:\[\d{1,4}\]|\(\d{1,4}\))?\s?[:：]\s*",
    re.IGNORECASE,
)
