"""A quotation as our own answers carry it."""

from datetime import datetime

from mailboxes.addresses import Address


def quote_for_reply(text: str, from_: Address, sent_at: datetime | None) -> str:
    """Return `text` quoted below a line that says who wrote it and when, in the time zone of `sent_at`."""
    who = from_.display_name or from_.addr_spec
    attribution = f"On {sent_at:%a, %d %b %Y at %H:%M %Z}, {who} wrote:" if sent_at else f"{who} wrote:"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    return "\n".join([attribution, *(_quoted_line(line) for line in lines)])


def _quoted_line(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}".rstrip()
