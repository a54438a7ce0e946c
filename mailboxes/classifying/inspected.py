"""What the rules of classification look at: a parsed mail with its parts, read once and only when a rule asks."""

from functools import cached_property

from mailboxes.addresses import normalise
from mailboxes.parsing import Mail, attachment_content

# No rule reads more of a text or of a part (SECURITY TC5).
MAX_TEXT = 64 * 1024


class Inspected:
    """A mail as the rules see it. Everything in it was written by whoever sent it (SECURITY TC8)."""

    def __init__(self, raw: bytes, mail: Mail) -> None:
        self.raw = raw
        self.mail = mail

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
    def subject(self) -> str:
        return " ".join(self.mail.subject.split())

    @cached_property
    def content_type(self) -> str:
        """The value of Content-Type with its parameters, in lower case."""
        return self.first("content-type").lower()

    def part_octets(self, *content_types: str) -> list[bytes]:
        """Return the decoded beginning of each part of these types, in order."""
        found = [part for part in self.mail.attachments if part.content_type in content_types]
        return [attachment_content(self.raw, part.position)[:MAX_TEXT] for part in found]
