"""The fields of a delivery status (RFC 3464 §2), also where the program that wrote them left the form."""

import re
from dataclasses import dataclass, field

MAX_RECIPIENTS = 200


@dataclass
class StatusFields:
    """The fields about one recipient, by lower-case name; the first of each name counts."""

    values: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def names_recipient(self) -> bool:
        return any(name in self.values for name in RECIPIENT_FIELDS)

    @property
    def action(self) -> str:
        """The first word of Action, in lower case; some programs write a comment behind it."""
        words = _WORD.search(self["action"])
        return words[0].lower() if words else ""


RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient")


def recipient_fields(text: str) -> list[StatusFields]:
    """Return the fields of each recipient in the text of a delivery status, at most MAX_RECIPIENTS.

    A group begins at a blank line, and where a field comes for the second time. A group that names nobody belongs to
    the one before it, or to the next one.
    """
    recipients: list[StatusFields] = []
    orphan = StatusFields()
    for group in _groups(text):
        if group.names_recipient:
            for name, value in orphan.values.items():
                group.values.setdefault(name, value)
            orphan = StatusFields()
            recipients.append(group)
            if len(recipients) >= MAX_RECIPIENTS:
                break
        elif any(name in group.values for name in _OF_RECIPIENT):
            target = recipients[-1] if recipients else orphan
            for name, value in group.values.items():
                target.values.setdefault(name, value)
    return recipients


def _groups(text: str) -> list[StatusFields]:
    groups = [StatusFields()]
    last = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        named = _FIELD.match(line)
        if not line.strip():
            if groups[-1].values:
                groups.append(StatusFields())
            last = ""
        elif named is not None:
            last = named[1].lower()
            if last in groups[-1].values and last in _ONCE:
                groups.append(StatusFields())
            groups[-1].values.setdefault(last, named[2].strip())
        elif last and len(groups[-1].values[last]) < _MAX_VALUE:
            # Folded, or broken without the white space that belongs there.
            groups[-1].values[last] += f" {line.strip()}"
    return groups


def address_in(value: str) -> str:
    """Return the address in `rfc822; <anna@example.com>` and the like; "" if it is no address (RFC 3464 §2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        kind, rest = "", value
    text = _COMMENT.sub(" ", rest).strip()
    bracketed = _ANGLE.search(text)
    text = (bracketed[1] if bracketed else text.split(" ")[0]).strip(" \t<>\"'").removeprefix("mailto:").rstrip(".,;")
    if "@" not in text and kind.strip().lower() not in _MAIL_KINDS:
        return ""
    return text if len(text) <= _MAX_ADDRESS and not text.startswith("/") else ""


_FIELD = re.compile(
    r"[ \t]?((?:(?:final|original|x-actual|x-original)-recipient|action|status|diagnostic-code|remote-mta|"
    r"reporting-mta|"
    r"received-from-mta|dsn-gateway|arrival-date|last-attempt-date|will-retry-until|final-log-id|"
    r"original-envelope-id|"
    r"x-[a-z0-9-]{1,40}))[ \t]*:(.*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+")
_OF_RECIPIENT = ("action", "status", "diagnostic-code")
_ONCE = frozenset({*RECIPIENT_FIELDS, *_OF_RECIPIENT})
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_ANGLE = re.compile(r"<([^<>]{1,320})>")
_MAIL_KINDS = frozenset({"", "rfc822", "utf-8", "utf8", "rfc-822", "smtp", "local", "x-local", "internet"})
_MAX_VALUE = 4000
_MAX_ADDRESS = 320
