"""What is shown of one message or note of a conversation."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.utils.safestring import SafeString, mark_safe

from mailboxes.addresses import Address
from mailboxes.explaining import Certainty, certainty_of
from mailboxes.models import Attachment, Delivery, Message, Note, OutgoingMessage
from mailboxes.models.messages import addresses
from mailboxes.openers import Closed, Opener, open_sent
from mailboxes.parsing import Mail, Unreadable
from mailboxes.reading.pictures import may_consent
from mailboxes.showing import FrameSize, ShownText, count_blocked, frame_size, show_text, shown_name
from mailboxes.smime.sent import SentSmime
from mailboxes.smime.sent import lines as sent_lines
from mailboxes.smime.states import SmimeResult
from mailboxes.smime.words import Line, lines
from mailboxes.writing.replying import is_formatted
from mailhub.lib.html import TooComplex, text_to_html
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.models import Membership

# More recipients than these, and a line above them counts their states.
MOST_UNCOUNTED = 5


@dataclass(frozen=True)
class Look:
    """How a person wants to see a message: its text although it has HTML, its remote pictures."""

    as_text: bool = False
    with_remote: bool = False
    # They want to see those of this sender always.
    has_consent: bool = False

    @property
    def shows_remote(self) -> bool:
        return self.with_remote or self.has_consent


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
    is_note = False

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
    def may_consent(self) -> bool:
        """Whether one may always see the remote pictures of this sender."""
        return may_consent(self.message)

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
    # It is there, encrypted, and our key is not.
    is_closed: bool = False

    is_received = False
    is_note = False

    @property
    def id(self) -> uuid.UUID:
        return self.outgoing.pk

    @property
    def anchor(self) -> str:
        return f"sent-{self.outgoing.pk}"

    @property
    def at(self) -> datetime:
        """When it left or is to leave."""
        return self.outgoing.left_at

    @property
    def is_open(self) -> bool:
        return self.text is not None or self.frame is not None or self.is_gone or self.is_closed

    @cached_property
    def smime(self) -> SentSmime:
        """How it was signed and encrypted."""
        return SentSmime.from_json(self.outgoing.smime)

    @property
    def smime_lines(self) -> list[Line]:
        """Who signed it and who can open it; copies of the mailbox (SPEC M20) go to people that it is not meant for."""
        own = self.outgoing.from_address.lower()
        unable = tuple(one.recipient for one in self.deliveries if one.is_blind_copy and one.recipient.lower() != own)
        return sent_lines(self.smime, unable=unable, is_closed=self.is_closed)

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

    # In these the server's words say why it has come no further.
    states_with_words = (Delivery.State.DEFERRED, Delivery.State.FAILED, Delivery.State.UNCERTAIN)

    @property
    def failed_count(self) -> int:
        return sum(one.state == Delivery.State.FAILED for one in self.deliveries)

    @property
    def bcc_addresses(self) -> frozenset[str]:
        """Whom its author copied in without naming them, in lower case."""
        return frozenset(address.lower() for _name, address in self.outgoing.bcc)

    @property
    def needs_someone(self) -> bool:
        troubled = (Delivery.State.FAILED, Delivery.State.UNCERTAIN)
        return any(one.state in troubled and not one.is_blind_copy for one in self.deliveries)


@dataclass(frozen=True)
class NoteCard:
    """What a colleague wrote for colleagues."""

    note: Note
    html: SafeString
    is_mine: bool = False

    is_received = False
    is_note = True
    is_open = True

    @property
    def id(self) -> uuid.UUID:
        return self.note.pk

    @property
    def anchor(self) -> str:
        return f"note-{self.note.pk}"

    @property
    def at(self) -> datetime:
        return self.note.created_at


Card = ReceivedCard | SentCard | NoteCard


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


def sent_card(
    outgoing: OutgoingMessage, deliveries: Sequence[Delivery], *, is_open: bool, opener: Opener | None = None
) -> SentCard:
    """Return a message of ours; what is shown of it is read from the bytes that were sent.

    `opener` is of its mailbox, and spares looking up the keys for each message.
    """
    card = SentCard(
        outgoing=outgoing,
        to=addresses(outgoing.to),
        cc=addresses(outgoing.cc),
        deliveries=tuple(sorted(deliveries, key=_natural)),
    )
    if not is_open:
        return card
    try:
        mail = _sent_mail(outgoing, opener)
    except Closed:
        return replace(card, is_closed=True)
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
    """Return what was sent, as it may be shown; None for security mail (SPEC T8), and where it is gone or closed."""
    try:
        return _sent_mail(outgoing, None)
    except Closed:
        return None


def _sent_mail(outgoing: OutgoingMessage, opener: Opener | None) -> Mail | None:
    """Return what was sent; raise Closed where it was encrypted and our key is gone."""
    if outgoing.is_confidential:
        return None
    try:
        return open_sent(outgoing, opener).mail
    except (BlobMissing, Unreadable):
        return None


def note_card(note: Note, *, viewer: Membership | None) -> NoteCard:
    """Return a note for the timeline; `viewer` may change and delete what is theirs."""
    # text_to_html escapes everything, and adds line breaks and links of http and https only (SECURITY B030).
    html = mark_safe(text_to_html(note.text))  # noqa: S308
    return NoteCard(note=note, html=html, is_mine=viewer is not None and note.author_id == viewer.pk)


def folded_card(message: Message) -> ReceivedCard:
    """Return a received message as one line."""
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
    Delivery.State.WITHDRAWN,
)
_DIGITS = re.compile(r"([0-9]+)")
# Python refuses to read a number of more than 4300 digits.
_MOST_DIGITS = 1000
