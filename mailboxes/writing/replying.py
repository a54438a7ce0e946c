"""What a reply starts from: who gets it, from which server, and what it quotes (RFC 5322 §3.6.3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from mailboxes.addresses import Address, normalise
from mailboxes.models import Conversation, Message, OutgoingMessage
from mailboxes.models.messages import addresses
from mailboxes.quoting import quote_for_reply
from mailhub.lib.html import text_to_html
from servers.models import FolderRole, OutgoingServer

# A longer original is quoted as far as this.
MAX_QUOTED = 64 * 1024


@dataclass(frozen=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()


def reply_recipients(message: Message, own: frozenset[str]) -> Recipients:
    """Return whom a reply goes to: Reply-To, else From; never only ourselves.

    After what we sent ourselves with another program it goes to whom that went to.
    """
    if message.is_written_by_us:
        return Recipients(to=_others(addresses(message.to), own) or tuple(addresses(message.to)))
    wanted = _others(message.reply_addresses, own) or tuple(message.reply_addresses)
    return Recipients(to=wanted)


def reply_all_recipients(message: Message, own: frozenset[str]) -> Recipients:
    """Return everyone who got the message, without our own addresses and each one once."""
    to = reply_recipients(message, own).to
    named = own | {normalise(one.addr_spec) for one in to}
    return Recipients(to=to, cc=_others([*addresses(message.to), *addresses(message.cc)], named))


def follow_up_recipients(outgoing: OutgoingMessage) -> Recipients:
    """Return whom we wrote to last, where nobody answered yet."""
    return Recipients(to=tuple(addresses(outgoing.to)), cc=tuple(addresses(outgoing.cc)))


def newest_received(conversation: Conversation) -> Message | None:
    """Return the newest message of others; where there is none, the newest that we sent with another program."""
    messages = conversation.messages.order_by("-received_at", "-id")
    return messages.exclude(folder_role=FolderRole.SENT).first() or messages.first()


def newest_sent(conversation: Conversation) -> OutgoingMessage | None:
    return conversation.outgoing_messages.order_by("-created_at", "-id").first()


def server_for_reply(servers: Sequence[OutgoingServer], message: Message | None) -> OutgoingServer | None:
    """Return the server that the message was written to, else the default, else the first."""
    if message is not None:
        written_to = {normalise(one.addr_spec) for one in (*addresses(message.to), *addresses(message.cc))}
        for server in servers:
            if normalise(server.from_address) in written_to:
                return server
    return next((server for server in servers if server.is_default), servers[0] if servers else None)


def quote_of(message: Message, zone: tzinfo) -> str:
    """Return the text of a message, quoted, with a line that says who wrote it and when."""
    sent_at = (message.sent_at or message.received_at).astimezone(zone)
    return quote_for_reply(message.body.text[:MAX_QUOTED], message.from_, sent_at)


def with_quote(text: str, html: str, quote: str, quote_html: str = "") -> tuple[str, str]:
    """Return text and HTML with the quotation below, in HTML `quote_html` if given. Mail without HTML stays without."""
    below = f"{text.rstrip()}\n\n{quote}" if text.strip() else quote
    if not html:
        return below, ""
    if quote_html:
        return below, f"{html}\n{quote_html}"
    attribution, _line_break, quoted = quote.partition("\n")
    unquoted = "\n".join(line[1:].removeprefix(" ") for line in quoted.split("\n"))
    block = f"<p>{text_to_html(attribution)}</p>\n{_QUOTE_BLOCK}{text_to_html(unquoted)}</blockquote>"
    return below, f"{html}\n{block}"


def is_formatted(html: str) -> bool:
    """Whether a letter of ours holds more than paragraphs, above what it quotes: then its text is not all of it."""
    own, _block, _quoted = html.partition(_QUOTE_BLOCK)
    return _FORMAT.search(_PLAIN_LINK.sub("", own)) is not None


def _others(people: Iterable[Address], own: frozenset[str]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for one in people:
        key = normalise(one.addr_spec)
        if key and key not in own:
            found.setdefault(key, one)
    return tuple(found.values())


_QUOTE_BLOCK = '<blockquote style="margin: 0 0 0 8px; padding-left: 12px; border-left: 2px solid #cccccc">'
# An address that is its own words says no more than the text does.
_PLAIN_LINK = re.compile(r'<a href="([^"]{1,2000})"[^<>]{0,200}>\1</a>')
_FORMAT = re.compile(r"<(?!/|(?:p|div|br|span)\b)[a-z]", re.IGNORECASE)
