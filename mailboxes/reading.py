"""A conversation as it is read: what came in and what went out, in the order of time."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from mailboxes.addresses import Address
from mailboxes.explaining import Certainty, certainty_of
from mailboxes.models import Attachment, Conversation, Delivery, Message, OutgoingMessage
from mailboxes.models.messages import addresses
from mailboxes.parsing import Mail, Unreadable, parse
from mailboxes.showing import FrameSize, ShownText, count_blocked, frame_size, show_text, shown_name
from mailboxes.smime.states import SmimeResult
from mailboxes.smime.words import Line, lines
from mailboxes.writing.replying import is_formatted
from mailhub.lib.html import TooComplex
from mailhub.tenancy.blobs import BlobMissing

# More than these, and the older ones are one line each.
MOST_OPEN = 4
# Longer conversations begin with their newest messages, and a link to the whole.
MOST_SHOWN = 200
# More recipients than these, and a line above them counts their states.
MOST_UNCOUNTED = 5


@dataclass(frozen=True)
class Look:
    """How a person wants to see a message: its text although it has HTML, its remote pictures."""

    as_text: bool = False
    with_remote: bool = False


@dataclass(frozen=True)
class ReceivedCard:
    """A received message with what is shown of it. `frame` is None when it is shown as text."""

    message: Message
    name: str
    to: list[Address]
    cc: list[Address]
    text: ShownText | None = None
    frame: FrameSize | None = None
    has_html: bool = False
    is_too_complex: bool = False
    blocked_count: int = 0
    look: Look = Look()
    attachments: tuple[Attachment, ...] = ()

    is_received = True

    @property
    def id(self) -> uuid.UUID:
        return self.message.pk

    @property
    def anchor(self) -> str:
        return f"message-{self.message.pk}"

    @property
    def at(self) -> datetime:
        return self.message.received_at

    @property
    def is_open(self) -> bool:
        return self.text is not None or self.frame is not None

    @property
    def certainty(self) -> Certainty | None:
        """What ties it to its conversation, and how sure that is; None where nothing does."""
        return certainty_of(self.message)

    @property
    def has_several_senders(self) -> bool:
        return "several_from" in self.message.defects

    @property
    def removed(self) -> list[Attachment]:
        """The attachments that the mailbox does not take: nobody downloads them here."""
        return [one for one in self.attachments if one.removed_because]

    @cached_property
    def smime(self) -> SmimeResult:
        """What is known of its signature and encryption."""
        return SmimeResult.from_json(self.message.smime)

    @property
    def smime_lines(self) -> list[Line]:
        return lines(self.smime)


@dataclass(frozen=True)
class SentCard:
    """A message of ours with the state of each recipient.

    `text` is None while it is folded to one line, and where its HTML says more and is shown in a frame.
    """

    outgoing: OutgoingMessage
    to: list[Address]
    cc: list[Address]
    deliveries: tuple[Delivery, ...]
    text: ShownText | None = None
    frame: FrameSize | None = None
    blocked_count: int = 0
    is_gone: bool = False

    is_received = False

    @property
    def id(self) -> uuid.UUID:
        return self.outgoing.pk

    @property
    def anchor(self) -> str:
        return f"sent-{self.outgoing.pk}"

    @property
    def at(self) -> datetime:
        return self.outgoing.created_at

    @property
    def is_open(self) -> bool:
        return self.text is not None or self.frame is not None or self.is_gone

    @property
    def summary(self) -> str:
        """How many recipients are in which state, such as "28 sent, 2 failed"; "" where a look at the list tells."""
        if len(self.deliveries) <= MOST_UNCOUNTED:
            return ""
        counts = Counter(one.state for one in self.deliveries)
        labels = [(counts[state.value], state.label.lower()) for state in _STATES if counts[state.value]]
        return ", ".join(f"{count} {label}" for count, label in labels)

    @property
    def is_settled(self) -> bool:
        return all(one.state in Delivery.SETTLED for one in self.deliveries)

    @property
    def is_only_waiting(self) -> bool:
        """Whether nothing happens before the next try: looking every few seconds would be in vain."""
        return all(one.state in (*Delivery.SETTLED, Delivery.State.DEFERRED) for one in self.deliveries)

    @property
    def needs_someone(self) -> bool:
        return any(one.state in (Delivery.State.FAILED, Delivery.State.UNCERTAIN) for one in self.deliveries)


Card = ReceivedCard | SentCard


@dataclass(frozen=True)
class Timeline:
    cards: tuple[Card, ...]
    has_earlier: bool


def timeline(conversation: Conversation, *, opened: frozenset[uuid.UUID], look: Look, whole: bool) -> Timeline:
    """Return the messages of a conversation, oldest first.

    The newest are open, and so are those named by `opened`, to which `look` applies.
    """
    received = conversation.messages.for_list().select_related("answers").order_by("-received_at", "-id")
    sent = conversation.outgoing_messages.select_related("server", "written_by__user").order_by("-created_at", "-id")
    # One more than is shown, so that we know whether there are more.
    most = None if whole else MOST_SHOWN + 1
    rows: list[Message | OutgoingMessage] = sorted([*received[:most], *sent[:most]], key=_at)
    shown = rows if whole else rows[-MOST_SHOWN:]
    open_ids = opened | {row.pk for row in shown[-MOST_OPEN:]}
    messages = _complete(row.pk for row in shown if isinstance(row, Message) and row.pk in open_ids)
    deliveries = _deliveries(row.pk for row in shown if isinstance(row, OutgoingMessage))
    cards: list[Card] = []
    for row in shown:
        if isinstance(row, OutgoingMessage):
            cards.append(sent_card(row, deliveries.get(row.pk, ()), is_open=row.pk in open_ids))
        elif row.pk in messages:
            cards.append(received_card(messages[row.pk], look if row.pk in opened else Look()))
        else:
            cards.append(_folded_received(row))
    return Timeline(cards=tuple(cards), has_earlier=len(rows) > len(shown))


def received_card(message: Message, look: Look) -> ReceivedCard:
    """Return a message whole: its HTML in a frame, else its text; what cannot be shown safely falls back to text."""
    body = message.body
    is_too_complex, blocked_count = False, 0
    if body.html:
        try:
            blocked_count = count_blocked(body.html)
        except TooComplex:
            is_too_complex = True
    in_frame = bool(body.html) and not is_too_complex and not look.as_text
    return ReceivedCard(
        message=message,
        name=shown_name(message.from_name, message.from_address),
        to=addresses(message.to),
        cc=addresses(message.cc),
        text=None if in_frame else show_text(body.text),
        frame=frame_size(body.html) if in_frame else None,
        has_html=bool(body.html),
        is_too_complex=is_too_complex,
        blocked_count=blocked_count,
        look=look,
        attachments=_chips(message, in_frame=in_frame),
    )


def sent_card(outgoing: OutgoingMessage, deliveries: Sequence[Delivery], *, is_open: bool) -> SentCard:
    """Return a message of ours; what is shown of it is read from the bytes that were sent."""
    card = SentCard(
        outgoing=outgoing,
        to=addresses(outgoing.to),
        cc=addresses(outgoing.cc),
        deliveries=tuple(sorted(deliveries, key=_natural)),
    )
    if not is_open:
        return card
    mail = sent_mail(outgoing)
    if mail is None:
        return replace(card, is_gone=True)
    if is_formatted(mail.html):
        try:
            return replace(card, frame=frame_size(mail.html), blocked_count=count_blocked(mail.html))
        except TooComplex:
            # Its text takes the place of HTML that is too large or nested too deeply to show.
            return replace(card, text=show_text(mail.text))
    return replace(card, text=show_text(mail.text))


def sent_mail(outgoing: OutgoingMessage) -> Mail | None:
    """Return what was sent, as it may be shown; None for security mail (SPEC T8), and where it is gone."""
    if outgoing.is_confidential:
        return None
    try:
        return parse(outgoing.raw())
    except (BlobMissing, Unreadable):
        return None


def newest_id(conversation: Conversation) -> str:
    """Return what a reply form carries, so that its sending notices what came meanwhile; "" for an empty one."""
    arrivals = _arrivals(conversation)
    return str(arrivals[-1][1]) if arrivals else ""


def arrived_since(conversation: Conversation, seen: str) -> frozenset[uuid.UUID]:
    """Return the messages that joined after `seen`, which `newest_id` gave; all recent ones if it is not among them."""
    ids = [row_id for _at_time, row_id in _arrivals(conversation)]
    known = [str(row_id) for row_id in ids]
    return frozenset(ids[known.index(seen) + 1 :] if seen in known else ids)


def _at(row: Message | OutgoingMessage) -> datetime:
    return row.received_at if isinstance(row, Message) else row.created_at


def _arrivals(conversation: Conversation) -> list[tuple[datetime, uuid.UUID]]:
    """Return the newest messages in the order in which they got here, whatever time they claim."""
    stored = conversation.messages.order_by("-stored_at", "-id").values_list("stored_at", "pk")[:MOST_SHOWN]
    created = conversation.outgoing_messages.order_by("-created_at", "-id").values_list("created_at", "pk")[:MOST_SHOWN]
    return sorted([*stored, *created])


def _complete(message_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Message]:
    rows = Message.objects.filter(pk__in=list(message_ids)).select_related("answers").prefetch_related("attachments")
    return {row.pk: row for row in rows}


def _deliveries(outgoing_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Delivery]]:
    found: dict[uuid.UUID, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(outgoing_message__in=list(outgoing_ids)).order_by("recipient"):
        found.setdefault(delivery.outgoing_message_id, []).append(delivery)
    return found


def _folded_received(message: Message) -> ReceivedCard:
    return ReceivedCard(
        message=message,
        name=shown_name(message.from_name, message.from_address),
        to=addresses(message.to),
        cc=addresses(message.cc),
    )


def _chips(message: Message, *, in_frame: bool) -> tuple[Attachment, ...]:
    """Return the attachments to offer: all but the pictures that the frame shows in their place."""
    return tuple(
        one
        for one in message.attachments.all()
        if one.removed_because or not (in_frame and one.is_inline and one.content_type.startswith("image/"))
    )


def _natural(delivery: Delivery) -> list[tuple[int, str]]:
    """Order "p2@" before "p10@": runs of digits by their value, all else by its letters."""
    pieces = _DIGITS.split(delivery.recipient.lower())
    return [(int(piece[:_MOST_DIGITS]), "") if number % 2 else (0, piece) for number, piece in enumerate(pieces)]


_STATES = (
    Delivery.State.SENT,
    Delivery.State.QUEUED,
    Delivery.State.CLAIMED,
    Delivery.State.DOT_PENDING,
    Delivery.State.DEFERRED,
    Delivery.State.FAILED,
    Delivery.State.UNCERTAIN,
)
_DIGITS = re.compile(r"([0-9]+)")
# Python refuses to read a number of more than 4300 digits.
_MOST_DIGITS = 1000
