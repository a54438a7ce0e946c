"""What the messages of one window quote and need, looked up in one query each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import F

from mailboxes import reply_tokens
from mailboxes.addresses import normalise
from mailboxes.classifying import Kind
from mailboxes.identifiers import candidate_keys, identifier_key
from mailboxes.models import (
    Conversation,
    Mailbox,
    Message,
    OutgoingMessage,
    Participant,
    ReplyProbe,
    SenderVerdict,
    SentIdentifier,
)
from mailboxes.own_addresses import own_addresses
from mailboxes.parsing import Mail
from mailboxes.receiving.reading import ReadMail
from mailboxes.subjects import is_answer, subject_key

# So many of the newest messages may have answered what is found in Sent only now.
_MOST_QUOTING = 200
# An answer that quotes nothing counts as one for so long.
WEAK_MATCH_AGE = timedelta(days=60)

_Loaded = TypeVar("_Loaded")


@dataclass
class Window:
    """What the messages of one window quote, looked up in one query each."""

    mailbox: Mailbox
    own_addresses: frozenset[str]
    sent: dict[str, SentIdentifier] = field(default_factory=dict)
    filed: dict[str, Conversation] = field(default_factory=dict)
    participants: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    # Messages of conversations by Message-ID: one that was sent to ourselves comes from INBOX and from Sent.
    twins: dict[str, Message] = field(default_factory=dict)
    # Conversations by the identifiers that recent messages in them quote, where mail from Sent is looked at.
    quoting: dict[str, Conversation] = field(default_factory=dict)
    # Reply checks of this mailbox, by token.
    probes: dict[str, ReplyProbe] = field(default_factory=dict)
    # By the letter to many and by who answered it.
    answers_to_circulars: dict[tuple[UUID, str], Conversation] = field(default_factory=dict)
    # What people said of the senders: True for spam.
    verdicts: dict[str, bool] = field(default_factory=dict)
    _outgoing_by_token: dict[UUID, OutgoingMessage] = field(default_factory=dict)
    _written_under: dict[tuple[int, str], list[OutgoingMessage]] = field(default_factory=dict)
    # What steps loaded of the mailbox's settings, by what loads it.
    _loaded: dict[Callable[[Mailbox], Any], Any] = field(default_factory=dict)

    def once(self, load: Callable[[Mailbox], _Loaded]) -> _Loaded:
        """Return what `load` gives for this mailbox, asked once for all messages of the window."""
        if load not in self._loaded:
            self._loaded[load] = load(self.mailbox)
        return cast(_Loaded, self._loaded[load])

    @classmethod
    def load(cls, mailbox: Mailbox, read_mails: Sequence[ReadMail]) -> Window:
        """Look up every identifier, token and subject that these mails name, in this mailbox only."""
        window = cls(mailbox=mailbox, own_addresses=own_addresses(mailbox))
        window._load_probes(read_mails)
        window._load_identifiers(read_mails)
        window._load_tokens(read_mails)
        window._load_subjects(read_mails)
        ours = [one.mail for one in read_mails if one.message.is_written_by_us]
        if ours:
            window._load_quoting()
        senders = {sender_of(one.mail) for one in read_mails}
        window._load_participants(senders.union(*(recipients_of(mail) for mail in ours)))
        window._load_circulars(senders)
        said = SenderVerdict.objects.filter(mailbox=mailbox, address__in=senders)
        window.verdicts = dict(said.values_list("address", "is_spam"))
        return window

    def remember(self, message: Message, conversation: Conversation | None) -> None:
        """A later message of the window may answer this one, or be the same once more."""
        if message.message_id and conversation is not None:
            self.filed.setdefault(message.message_id, conversation)
            self.twins.setdefault(message.message_id, message)

    def answered_by_token(self, addresses: Iterable[str]) -> Iterator[tuple[str, OutgoingMessage]]:
        """Yield the addresses that carry a good reply token, with what they answer."""
        for address in addresses:
            for message_id in reply_tokens.answered_messages(self.mailbox, [address]):
                if message_id in self._outgoing_by_token:
                    yield address, self._outgoing_by_token[message_id]

    def written_under(self, key: int, sender: str) -> list[OutgoingMessage]:
        """Return what we wrote to this person in conversations of this subject lately, the newest first."""
        return self._written_under.get((key, sender), [])

    def _load_probes(self, read_mails: Sequence[ReadMail]) -> None:
        tokens = frozenset[str]().union(*(one.probe_tokens for one in read_mails))
        if tokens:
            probes = ReplyProbe.objects.filter(mailbox=self.mailbox, token__in=tokens)
            self.probes = {probe.token: probe for probe in probes.select_related("check_run")}

    def _load_identifiers(self, read_mails: Sequence[ReadMail]) -> None:
        keys = {identifier_key(text) for one in read_mails for text in self._named_by(one)}
        if not keys:
            return
        sent = SentIdentifier.objects.filter(mailbox=self.mailbox, key__in=keys)
        for identifier in sent.select_related("outgoing_message__conversation"):
            self.sent[identifier.text] = identifier
        filed = Message.objects.filter(mailbox=self.mailbox, message_id_key__in=keys, conversation__isnull=False)
        for message in filed.for_list().select_related("conversation"):
            self.remember(message, message.conversation)

    def _named_by(self, read: ReadMail) -> tuple[str, ...]:
        """Return the identifiers that say which messages a mail belongs to, or which it is itself."""
        mail = read.mail
        named = [*mail.in_reply_to, *mail.references, read.classification.original_message_id]
        # Another copy of it may be here: what was sent from here, or what came another way.
        named.append(mail.message_id)
        return candidate_keys(one for one in named if one)

    def _load_tokens(self, read_mails: Sequence[ReadMail]) -> None:
        wanted = {
            message_id
            for one in read_mails
            for message_id in reply_tokens.answered_messages(self.mailbox, addressed_to(one.message, one.mail))
        }
        if wanted:
            rows = OutgoingMessage.objects.filter(mailbox=self.mailbox, pk__in=wanted).select_related("conversation")
            self._outgoing_by_token = {outgoing.pk: outgoing for outgoing in rows}

    def _load_subjects(self, read_mails: Sequence[ReadMail]) -> None:
        """Look up conversations by subject where nothing better can be known of an answer."""
        unnamed = [one for one in read_mails if not (one.mail.in_reply_to or one.mail.references)]
        wanted = {
            (key, sender_of(one.mail))
            for one in unnamed
            if may_answer_by_subject(one) and (key := subject_key(one.mail.subject)) is not None
        }
        if not wanted:
            return
        since = min(one.message.received_at for one in unnamed) - WEAK_MATCH_AGE
        rows = OutgoingMessage.objects.filter(
            conversation__in=Conversation.objects.filter(
                mailbox=self.mailbox, subject_key__in={key for key, _sender in wanted}, last_at__gte=since
            ),
            conversation__participants__address__in={sender for _key, sender in wanted},
        )
        rows = rows.select_related("conversation").annotate(participant=F("conversation__participants__address"))
        for outgoing in rows.order_by("-created_at")[:_MOST_QUOTING]:
            pair = (outgoing.conversation.subject_key, outgoing.participant)
            if pair in wanted:
                self._written_under.setdefault(pair, []).append(outgoing)

    def _load_quoting(self) -> None:
        """An answer may come in before the message that it answers is found in Sent, which is not read each time."""
        rows = Message.objects.filter(mailbox=self.mailbox, conversation__isnull=False, answers=None)
        rows = rows.exclude(in_reply_to="").order_by("-received_at").select_related("conversation")
        for message in rows.only("in_reply_to", "conversation")[:_MOST_QUOTING]:
            for identifier in message.in_reply_to.split():
                assert message.conversation is not None
                self.quoting.setdefault(identifier, message.conversation)

    def _load_participants(self, addresses: set[str]) -> None:
        """Of a conversation with many people only those matter who write in this window."""
        found: Iterable[Conversation | None] = [
            *(identifier.outgoing_message.conversation for identifier in self.sent.values()),
            *(outgoing.conversation for outgoing in self._outgoing_by_token.values()),
            *(outgoing.conversation for several in self._written_under.values() for outgoing in several),
            *self.filed.values(),
            *self.quoting.values(),
        ]
        conversations = {one.pk for one in found if one is not None}
        if not conversations:
            return
        rows = Participant.objects.filter(conversation_id__in=conversations, address__in=addresses)
        for conversation_id, address in rows.values_list("conversation_id", "address"):
            self.participants[conversation_id].add(address)

    def _load_circulars(self, senders: set[str]) -> None:
        """Find the conversations of those who answered a letter to many before."""
        sent = [identifier.outgoing_message for identifier in self.sent.values()]
        circulars = {outgoing.pk for outgoing in (*sent, *self._outgoing_by_token.values()) if outgoing.is_circular}
        if not circulars:
            return
        rows = Message.objects.filter(mailbox=self.mailbox, answers__in=circulars, conversation__isnull=False)
        for message in rows.filter(from_address__in=senders).for_list().select_related("conversation").order_by("id"):
            assert message.answers_id is not None
            assert message.conversation is not None
            self.answers_to_circulars[message.answers_id, normalise(message.from_address)] = message.conversation


def may_answer_by_subject(read: ReadMail) -> bool:
    """Whether a mail that quotes no identifier says all the same that it is an answer."""
    if read.message.is_written_by_us or not sender_of(read.mail):
        return False
    return read.classification.kind == Kind.AUTO_REPLY or is_answer(read.mail.subject)


def sender_of(mail: Mail) -> str:
    """Return the one address that a mail is from, normalised; empty when it names none or several."""
    return normalise(mail.from_[0].addr_spec) if len(mail.from_) == 1 else ""


def recipients_of(mail: Mail) -> frozenset[str]:
    """Return the addresses in To and Cc, normalised."""
    return frozenset(normalise(one.addr_spec) for one in (*mail.to, *mail.cc) if one.addr_spec)


def addressed_to(message: Message, mail: Mail) -> list[str]:
    """Return every address that a mail was brought to, as far as the mail or its envelope tells."""
    delivered = [value for name, value in mail.headers if name.lower() in _DELIVERED_TO]
    named = [one.addr_spec for one in (*mail.to, *mail.cc)]
    return [one for one in (message.envelope_to, *delivered, *named) if one]


_DELIVERED_TO = frozenset({"delivered-to", "x-original-to", "envelope-to", "x-envelope-to"})
