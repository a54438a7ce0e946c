"""What the messages of one window quote and need, looked up in one query each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from mailboxes.addresses import normalise
from mailboxes.identifiers import candidate_keys, identifier_key
from mailboxes.models import Conversation, Mailbox, Message, Participant, ReplyProbe, SentIdentifier
from mailboxes.own_addresses import own_addresses
from mailboxes.parsing import Mail

# So many of the newest messages may have answered what is found in Sent only now.
_MOST_QUOTING = 200

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
    # What steps loaded of the mailbox's settings, by what loads it.
    _loaded: dict[Callable[[Mailbox], Any], Any] = field(default_factory=dict)

    def once(self, load: Callable[[Mailbox], _Loaded]) -> _Loaded:
        """Return what `load` gives for this mailbox, asked once for all messages of the window."""
        if load not in self._loaded:
            self._loaded[load] = load(self.mailbox)
        return cast(_Loaded, self._loaded[load])

    @classmethod
    def load(
        cls,
        mailbox: Mailbox,
        mails: Sequence[Mail],
        *,
        written_by_us: Sequence[Mail] = (),
        reported: Iterable[str] = (),
        probe_tokens: Iterable[str] = (),
    ) -> Window:
        """Look up every identifier and token that the mails quote, in this mailbox only.

        `written_by_us` are those of the mails that were found in Sent, `reported` the Message-IDs that reports on
        deliveries name.
        """
        window = cls(mailbox=mailbox, own_addresses=own_addresses(mailbox))
        if probe_tokens:
            probes = ReplyProbe.objects.filter(mailbox=mailbox, token__in=probe_tokens)
            window.probes = {probe.token: probe for probe in probes.select_related("check_run")}
        texts = {text for mail in mails for text in candidate_keys((*mail.in_reply_to, *mail.references))}
        texts.update(candidate_keys(one for one in reported if one))
        ours = [*written_by_us, *(mail for mail in mails if sender_of(mail) in window.own_addresses)]
        texts.update(candidate_keys(mail.message_id for mail in ours if mail.message_id))
        keys = {identifier_key(text) for text in texts}
        if not keys:
            return window
        for identifier in SentIdentifier.objects.filter(mailbox=mailbox, key__in=keys).select_related(
            "outgoing_message__conversation"
        ):
            window.sent[identifier.text] = identifier
        for message in Message.objects.filter(
            mailbox=mailbox, message_id_key__in=keys, conversation__isnull=False
        ).select_related("conversation"):
            window.remember(message, message.conversation)
        if written_by_us:
            window._load_quoting()
        recipients = frozenset[str]().union(*(recipients_of(mail) for mail in written_by_us))
        window._load_participants({sender_of(mail) for mail in mails} | recipients)
        return window

    def remember(self, message: Message, conversation: Conversation | None) -> None:
        """A later message of the window may answer this one, or be the same once more."""
        if message.message_id and conversation is not None:
            self.filed.setdefault(message.message_id, conversation)
            self.twins.setdefault(message.message_id, message)

    def _load_quoting(self) -> None:
        """An answer may come in before the message that it answers is found in Sent, which is not read each time."""
        rows = Message.objects.filter(mailbox=self.mailbox, conversation__isnull=False, answers=None)
        rows = rows.exclude(in_reply_to="").order_by("-received_at").select_related("conversation")
        for message in rows.only("in_reply_to", "conversation")[:_MOST_QUOTING]:
            for identifier in message.in_reply_to.split():
                assert message.conversation is not None
                self.quoting.setdefault(identifier, message.conversation)

    def _load_participants(self, senders: set[str]) -> None:
        """Of a conversation with many people only those matter who write in this window."""
        found: Iterable[Conversation | None] = [
            *(identifier.outgoing_message.conversation for identifier in self.sent.values()),
            *self.filed.values(),
            *self.quoting.values(),
        ]
        conversations = {one.pk for one in found if one is not None}
        rows = Participant.objects.filter(conversation_id__in=conversations, address__in=senders)
        for conversation_id, address in rows.values_list("conversation_id", "address"):
            self.participants[conversation_id].add(address)


def sender_of(mail: Mail) -> str:
    """Return the one address that a mail is from, normalised; empty when it names none or several."""
    return normalise(mail.from_[0].addr_spec) if len(mail.from_) == 1 else ""


def recipients_of(mail: Mail) -> frozenset[str]:
    """Return the addresses in To and Cc, normalised."""
    return frozenset(normalise(one.addr_spec) for one in (*mail.to, *mail.cc) if one.addr_spec)
