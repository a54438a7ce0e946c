"""Reports that a mail could not be delivered, as far as a reply check needs them (RFC 3464)."""

import re
from collections.abc import Iterator

from mailboxes.parsing import Mail, attachment_content
from servers.failures import clean_words

_MOST_OCTETS = 64 * 1024
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_REPORTERS = ("mailer-daemon", "postmaster", "mail-daemon")
_MACHINE_FIELDS = frozenset({"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response"})
_MACHINE_PRECEDENCE = frozenset({"auto_reply", "bulk", "junk", "list"})


def is_automatic(mail: Mail) -> bool:
    """Whether a machine wrote the mail: a report, an out-of-office answer (RFC 3834 §5)."""
    return mail.auto_submitted != "no" or is_report(mail) or any(map(_is_of_machine, mail.headers))


def is_report(mail: Mail) -> bool:
    """Whether the mail reports on the delivery of another one, in the standard form or in words alone."""
    return any(part.content_type in _REPORTS for part in mail.attachments) or not _sender_is_somebody(mail)


def failure_words(raw: bytes, mail: Mail) -> str | None:
    """Return what the reporting server said of a failed delivery; None for a mail that reports none."""
    for part in mail.attachments:
        if part.content_type in _REPORTS:
            return _failure_in(attachment_content(raw, part.position)[:_MOST_OCTETS])
    return None if _sender_is_somebody(mail) else clean_words(mail.text[:2000])


def _failure_in(report: bytes) -> str | None:
    # The first block describes the message; each later one, a recipient (RFC 3464 §2.1).
    for fields in _blocks(report):
        if fields.get("action", "").lower() == "failed":
            diagnostic = fields.get("diagnostic-code", "").partition(";")[2]
            return clean_words(diagnostic or fields.get("status", "") or "The delivery failed.")
    return None


def _blocks(report: bytes) -> Iterator[dict[str, str]]:
    text = report.decode("utf-8", "replace").replace("\r\n", "\n")
    for block in _BLANK_LINE.split(text):
        lines = _FOLD.sub(" ", block).split("\n")
        pairs = (line.partition(":") for line in lines)
        yield {name.strip().lower(): value.strip() for name, _colon, value in pairs}


def _sender_is_somebody(mail: Mail) -> bool:
    local_parts = {one.addr_spec.rpartition("@")[0].lower() for one in mail.from_}
    return bool(mail.from_) and local_parts.isdisjoint(_REPORTERS)


def _is_of_machine(field: tuple[str, str]) -> bool:
    name, value = field[0].lower(), field[1].strip().lower()
    return name in _MACHINE_FIELDS or (name == "precedence" and value in _MACHINE_PRECEDENCE)


_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_FOLD = re.compile(r"\n[ \t]+")
