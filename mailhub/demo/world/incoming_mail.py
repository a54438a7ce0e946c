"""What a person sees in a mail that arrives: who wrote, about what, in which thread, and whether a machine did."""

import email
import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

# A newsletter link does not make a mail automatic for the person who reads it: sequences carry these, too.
_UNSUBSCRIBE_FIELDS = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
_MACHINE_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply"})
_TAG = re.compile(r"<[^>]+>")
_LINE_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^>]*>", re.IGNORECASE)
_INVISIBLE = re.compile(r"<(style|script|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_QUOTE_LIMIT = 4000


@dataclass(frozen=True)
class IncomingMail:
    """The parts of a mail that an answer needs."""

    message_id: str
    references: tuple[str, ...]
    subject: str
    from_name: str
    from_addr_spec: str
    answer_to: str
    date: datetime
    text: str
    is_automatic: bool

    @property
    def thread_root(self) -> str:
        """The Message-ID with which the thread began, as far as the mail knows."""
        return self.references[0] if self.references else self.message_id


def read(raw: bytes, *, mail_from: str, now: datetime) -> IncomingMail:
    """Read a mail tolerantly; `mail_from` is empty for the null sender, `now` stands in for a missing Date."""
    mail = email.message_from_bytes(raw)
    from_name, from_addr_spec = _first_address(mail, "From")
    _reply_name, reply_to = _first_address(mail, "Reply-To")
    references = (_text(mail, "References") or _text(mail, "In-Reply-To")).split()
    return IncomingMail(
        message_id=_text(mail, "Message-ID").strip(),
        references=tuple(references),
        subject=_text(mail, "Subject"),
        from_name=from_name,
        from_addr_spec=from_addr_spec,
        answer_to=reply_to or from_addr_spec,
        date=_date(mail) or now,
        text=_body_text(mail)[:_QUOTE_LIMIT].strip(),
        is_automatic=_is_automatic(mail, mail_from, from_addr_spec),
    )


def _text(mail: Message, name: str) -> str:
    value = mail.get(name)
    if value is None:
        return ""
    try:
        return " ".join(str(make_header(decode_header(str(value)))).split())
    except (LookupError, ValueError):
        return " ".join(str(value).split())


def _first_address(mail: Message, name: str) -> tuple[str, str]:
    for display_name, addr_spec in getaddresses([_raw_text(mail, name)]):
        if "@" in addr_spec:
            return str(make_header(decode_header(display_name))), addr_spec
    return "", ""


def _raw_text(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))


def _date(mail: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(_raw_text(mail, "Date"))
    except ValueError:
        return None


def _is_automatic(mail: Message, mail_from: str, from_addr_spec: str) -> bool:
    """Tell whether a person would leave the mail unanswered (RFC 3834 §2)."""
    if not mail_from or not from_addr_spec or from_addr_spec.lower().startswith(("no-reply@", "mailer-daemon@")):
        return True
    if _raw_text(mail, "Auto-Submitted").partition(";")[0].strip().lower() not in {"", "no"}:
        return True
    if _raw_text(mail, "Precedence").strip().lower() in _MACHINE_PRECEDENCE:
        return True
    names = {name.lower() for name in mail}
    return any(name.startswith("list-") for name in names - _UNSUBSCRIBE_FIELDS)


def _body_text(mail: Message) -> str:
    rich_text = ""
    for part in mail.walk():
        if part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() == "text/plain":
            return _decoded(part)
        if part.get_content_type() == "text/html" and not rich_text:
            rich_text = _decoded(part)
    visible = _TAG.sub("", _LINE_BREAK.sub("\n", _INVISIBLE.sub("", rich_text)))
    lines = [" ".join(line.split()) for line in html.unescape(visible).splitlines()]
    return "\n".join(line for line in lines if line)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
