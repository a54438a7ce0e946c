"""What the rules of classification look at: a parsed mail with its parts, read once and only when a rule asks."""

import re
from functools import cached_property

from mailboxes.addresses import normalise
from mailboxes.mime.charsets import decode
from mailboxes.parsing import Mail, attachment_content
from mailboxes.quoting import split_quote

# No rule reads more of a text or of a part (SECURITY TC5).
MAX_TEXT = 64 * 1024
# Nor looks further for where a quotation begins.
MAX_SPLIT = 16 * 1024
# Nor more parts than that: a report has three.
MAX_PARTS = 10


class Inspected:
    """A mail as the rules see it. Everything in it was written by whoever sent it (SECURITY TC8)."""

    def __init__(self, raw: bytes, mail: Mail) -> None:
        self.raw = raw
        self.mail = mail
        self._octets: dict[int, bytes] = {}

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """The top-level header fields by lower-case name, decoded, in their order."""
        found: dict[str, list[str]] = {}
        for name, value in self.mail.headers:
            found.setdefault(name.lower(), []).append(value)
        return found

    def first(self, name: str) -> str:
        """Return the first value of the field with this lower-case name, "" if there is none."""
        return next(iter(self.fields.get(name, ())), "")

    def has(self, name: str) -> bool:
        return name in self.fields

    @cached_property
    def sender(self) -> str:
        """The first address in From, normalised; "" if there is none."""
        return normalise(self.mail.from_[0].addr_spec) if self.mail.from_ else ""

    @cached_property
    def text(self) -> str:
        """The beginning of the text, at most MAX_TEXT characters."""
        return self.mail.text[:MAX_TEXT]

    @cached_property
    def new_and_quoted(self) -> tuple[str, str]:
        """What the sender wrote, and what they quoted; of the beginning of the text."""
        return split_quote(self.text[:MAX_SPLIT])

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text, and those of its parts that hold text although they were attached."""
        attached = self.parts("text/plain", "multipart/report", "message/delivery-status", "message/report")
        return (self.text, *(decode(octets, "").replace("\r\n", "\n") for _type, octets in attached))

    @cached_property
    def has_null_return_path(self) -> bool:
        """True if it was sent with an empty MAIL FROM, as reports are (RFC 5321 §4.5.5)."""
        return any(value.replace(" ", "") in ("<>", "") for value in self.fields.get("return-path", ()))

    @property
    def is_delivery_report(self) -> bool:
        """True if its type says that it reports on a delivery (RFC 3462), whatever is in it."""
        return (
            self.content_type.startswith("multipart/report")
            and "report-type=" in self.content_type
            and ("delivery-status" in self.content_type)
        )

    @property
    def is_from_mail_server(self) -> bool:
        """True if a mail server sent it, as far as its sender or its type tell."""
        return self.is_delivery_report or self.is_from_daemon

    @cached_property
    def is_from_daemon(self) -> bool:
        """True if its sender calls itself a mail server: MAILER-DAEMON, postmaster and their like, or nobody."""
        return self.has_address_of_daemon or bool(self.sender and _DAEMON_NAME.search(self.mail.from_[0].display_name))

    @cached_property
    def has_address_of_daemon(self) -> bool:
        """True if the address of its sender is one that mail servers use; people give themselves their names, too."""
        return bool(_DAEMON.match(self.sender) if self.sender else _NOBODY.search(self.first("from")))

    @cached_property
    def is_passed_on(self) -> bool:
        """True if its subject says that a person answers, or passes on what they got."""
        return bool(_PASSED_ON.match(self.subject))

    @cached_property
    def subject(self) -> str:
        return " ".join(self.mail.subject.split())

    @cached_property
    def content_type(self) -> str:
        """The value of Content-Type with its parameters, in lower case."""
        return self.first("content-type").lower()

    def part_octets(self, *content_types: str) -> list[bytes]:
        """Return the decoded beginning of each part of these types, in order; of the first MAX_PARTS."""
        return [octets for _content_type, octets in self.parts(*content_types)]

    def parts(self, *content_types: str) -> list[tuple[str, bytes]]:
        """Return the type and the decoded beginning of each part of these types, in order; of the first MAX_PARTS."""
        found = [part for part in self.mail.attachments if part.content_type in content_types][:MAX_PARTS]
        return [(part.content_type, self._octets_of(part.position)) for part in found]

    def _octets_of(self, position: int) -> bytes:
        if position not in self._octets:
            self._octets[position] = attachment_content(self.raw, position)[:MAX_TEXT]
        return self._octets[position]


_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|post[-_.]?master|mail[-_.]?daemon|daemon|mdaemon|mail[-_.]?delivery|"
    r"mail[-_.]?deliver|delivery[-_.]?(?:system|subsystem|status|failure)|mail[-_.]?system|mailadmin|"
    r"mail[-_.]?administrator|system[-_.]?administrator|uucp|mailmaster|"
    r"undeliverable|microsoftexchange[0-9a-f]{16,40})(?:[-_.+\\][^@]{0,64})?(?:@|$)",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(
    r"\bmailer[- ]daemon\b|\bmail deliver(?:y|ed)? (?:sub)?system|\bdelivery subsystem|\bpost ?master\b|"
    r"\bmicrosoft outlook\b|\bsystem administrator\b|\bsystemadministrator\b|\binternet mail delivery\b|"
    r"\bmail(?:er)? administrator\b|\bmail delivery (?:service|agent)\b|\bsystem attendant\b|\bnondelivery|"
    r"\bundeliver|\bmail system\b|\bmessage router\b",
    re.IGNORECASE,
)
_PASSED_ON = re.compile(
    r"(?:\[[^\]]{0,40}\]\s{0,3})?(?:re|aw|sv|vs|antw|antwort|odp|rif|res|ynt|ref|fwd?|wg|tr|rv|enc|vb|vl|"
    r"doorst|i|pd|fs|转发|转寄|轉寄|回复|回覆|返信|転送)\s{0,2}(?:\[\d{1,3}\])?\s{0,2}[:：]",
    re.IGNORECASE,
)
# `MAILER-DAEMON <>` names no address.
_NOBODY = re.compile(r"<\s*>|daemon|postmaster|mail delivery", re.IGNORECASE)
