"""Tries a discard filter on the mail that came in last, before it is saved (SPEC M23)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailboxes.intake.matching import fits, traits_of_row
from mailboxes.models import DiscardFilter, Mailbox, Message
from mailboxes.parsing import Unreadable, parse
from mailhub.tenancy.blobs import BlobMissing
from servers.models import FolderRole

MOST_TRIED = 200
MOST_EXAMPLES = 5
# Only header fields need the mail itself; so much of it is read.
MOST_OCTETS = 32 * 1024 * 1024


@dataclass(frozen=True)
class Trial:
    """How many of the last messages a filter fits, and some of them, the newest first."""

    fitting_count: int
    tried_count: int
    examples: Sequence[Message]


def try_filter(rule: DiscardFilter) -> Trial:
    """Try `rule`, saved or not, on the last messages of its mailbox."""
    tried_count = 0
    fitting: list[Message] = []
    for message in _recent(rule):
        tried_count += 1
        if fits(rule, traits_of_row(message, lambda message=message: _headers(message))):  # type: ignore[misc]
            fitting.append(message)
    return Trial(len(fitting), tried_count, fitting[:MOST_EXAMPLES])


def recent_messages(mailbox: Mailbox) -> Iterable[Message]:
    """Return what others wrote to a mailbox, the newest first; discarded mail too."""
    states = [Message.State.RECEIVED, Message.State.DISCARDED]
    rows = Message.objects.filter(mailbox=mailbox, state__in=states).exclude(folder_role=FolderRole.SENT)
    return rows.with_content().for_list().order_by("-received_at", "-id")[:MOST_TRIED]


def _recent(rule: DiscardFilter) -> Iterator[Message]:
    room = MOST_OCTETS
    for message in recent_messages(rule.mailbox):
        if rule.field == DiscardFilter.Field.HEADER:
            room -= message.size
            if room < 0:
                return
        yield message


def _headers(message: Message) -> Sequence[tuple[str, str]]:
    try:
        raw = message.raw()
        return parse(raw[: _end_of_header(raw)]).headers
    except (BlobMissing, Unreadable):
        # It cannot be looked at, so it does not fit.
        return ()


def _end_of_header(raw: bytes) -> int:
    ends = [found for found in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if found >= 0]
    return min(ends) + 2 if ends else len(raw)
