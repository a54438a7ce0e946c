"""Which sent message does a received one answer, and by what evidence (SPEC I2)?"""

from collections.abc import Iterator
from dataclasses import dataclass

from mailboxes.identifiers import candidate_keys
from mailboxes.models import Conversation, Message, SentIdentifier
from mailboxes.receiving.received import Next, Received

_Evidence = Message.Evidence


@dataclass(frozen=True)
class _Quoted:
    """A quoted identifier that we know."""

    identifier: str
    evidence: Message.Evidence
    sent: SentIdentifier | None
    conversation: Conversation


def match(received: Received) -> Next:
    """Find what the message answers by In-Reply-To, then by References, the nearest first.

    Quoting an identifier is not enough to join a conversation: the sender must take part in it, or else anyone who saw
    a Message-ID in public could read along (SECURITY B079).
    """
    quoted = next(_known(received), None)
    if quoted is None and received.is_written_by_us:
        return _match_by_its_answer(received)
    if quoted is None:
        received.note("match", "Quotes nothing that this mailbox knows: a new conversation.")
        return Next.CONTINUE
    if not _takes_part(received, quoted.conversation):
        received.related_to = quoted.conversation
        received.note(
            "match",
            f"{quoted.evidence.label} quotes <{quoted.identifier}>, but {_stranger(received)} no part in that"
            f" conversation: a new one, linked to it.",
        )
        return Next.CONTINUE
    received.joins = quoted.conversation
    received.message.evidence = quoted.evidence
    received.message.evidence_identifier = quoted.identifier
    if quoted.sent is None or received.is_written_by_us:
        received.note(
            "match", f"{quoted.evidence.label} names <{quoted.identifier}>, of this mailbox: the same conversation."
        )
        return Next.CONTINUE
    received.answers = quoted.sent
    received.message.answers_id = quoted.sent.outgoing_message_id
    received.note("match", f"{quoted.evidence.label} names <{quoted.identifier}>, which we sent: a reply.")
    return Next.CONTINUE


def _known(received: Received) -> Iterator[_Quoted]:
    """Yield the quoted identifiers that this mailbox knows, the strongest evidence first."""
    quotes = [(identifier, _Evidence.IN_REPLY_TO) for identifier in received.mail.in_reply_to]
    quotes += [(identifier, _Evidence.REFERENCES) for identifier in reversed(received.mail.references)]
    for identifier, evidence in quotes:
        for text in candidate_keys((identifier,)):
            sent = received.window.sent.get(text)
            if sent is not None and sent.outgoing_message.conversation is not None:
                by_provider = sent.source == SentIdentifier.Source.PROVIDER
                shown = _Evidence.PROVIDER_IDENTIFIER if by_provider else evidence
                yield _Quoted(identifier, shown, sent, sent.outgoing_message.conversation)
            elif text in received.window.filed:
                yield _Quoted(identifier, evidence, None, received.window.filed[text])


def _match_by_its_answer(received: Received) -> Next:
    """Find a conversation in which an answer to this message of ours is already."""
    conversation = received.window.quoting.get(received.mail.message_id)
    if conversation is None or not _takes_part(received, conversation):
        received.note("match", "Quotes nothing that this mailbox knows: a new conversation.")
        return Next.CONTINUE
    received.joins = conversation
    received.note("match", "A message that answers it came in before: the same conversation.")
    return Next.CONTINUE


def _takes_part(received: Received, conversation: Conversation) -> bool:
    """Whether the sender takes part in the conversation; of a message of ours, whether a recipient does."""
    if received.is_written_by_us:
        return not received.recipients.isdisjoint(received.window.participants[conversation.pk])
    sender = received.sender
    if not sender:
        return False
    return sender in received.window.participants[conversation.pk] or sender in received.window.own_addresses


def _stranger(received: Received) -> str:
    if received.is_written_by_us:
        return "its recipients take"
    return f"{received.sender or 'the sender'} takes"
