"""What speaks for a conversation: each piece of evidence with its score, the strongest first."""

from collections.abc import Iterator
from dataclasses import dataclass

from mailboxes.classifying import Kind
from mailboxes.identifiers import candidate_keys
from mailboxes.models import Conversation, Message, OutgoingMessage, SentIdentifier
from mailboxes.receiving.received import Received
from mailboxes.receiving.window import addressed_to
from mailboxes.subjects import subject_key

_Evidence = Message.Evidence

# A machine reports on the delivery of a mail that it encloses.
REPORTS = frozenset({Kind.BOUNCE, Kind.DELAYED, Kind.FEEDBACK_REPORT})


@dataclass(frozen=True)
class Candidate:
    """A conversation that the message may belong to, and why."""

    conversation: Conversation
    evidence: Message.Evidence
    score: int
    # What names it: an identifier, an address or a subject.
    identifier: str
    # The message of ours that it would answer.
    outgoing: OutgoingMessage | None = None


def candidates(received: Received) -> Iterator[Candidate]:
    """Yield what speaks for a conversation."""
    yield from _by_token(received)
    yield from _by_enclosed_original(received)
    for identifier in received.mail.in_reply_to:
        yield from _by_identifier(received, identifier, _Evidence.IN_REPLY_TO)
    for identifier in reversed(received.mail.references):
        yield from _by_identifier(received, identifier, _Evidence.REFERENCES)
    yield from _by_correspondent(received)


def _by_token(received: Received) -> Iterator[Candidate]:
    for address, outgoing in received.window.answered_by_token(addressed_to(received.message, received.mail)):
        if outgoing.conversation is not None:
            yield Candidate(outgoing.conversation, _Evidence.REPLY_TOKEN, 100, address, outgoing)


def _by_enclosed_original(received: Received) -> Iterator[Candidate]:
    found = received.classification
    if found.kind not in REPORTS or not found.original_message_id:
        return
    for candidate in _by_identifier(received, found.original_message_id, _Evidence.IN_REPLY_TO):
        if candidate.outgoing is not None:
            yield Candidate(
                candidate.conversation,
                _Evidence.BOUNCED_ORIGINAL,
                95,
                found.original_message_id,
                candidate.outgoing,
            )


def _by_identifier(received: Received, identifier: str, evidence: Message.Evidence) -> Iterator[Candidate]:
    is_direct = evidence == _Evidence.IN_REPLY_TO
    for text in candidate_keys((identifier,)):
        sent = received.window.sent.get(text)
        if sent is not None and sent.outgoing_message.conversation is not None:
            by_provider = sent.source == SentIdentifier.Source.PROVIDER
            shown = _Evidence.PROVIDER_IDENTIFIER if by_provider else evidence
            outgoing = sent.outgoing_message
            yield Candidate(sent.outgoing_message.conversation, shown, 90 if is_direct else 75, identifier, outgoing)
        elif text in received.window.filed:
            yield Candidate(received.window.filed[text], evidence, 85 if is_direct else 70, identifier)


def _by_correspondent(received: Received) -> Iterator[Candidate]:
    """An answer whose program quotes no identifier, such as most automatic ones and some telephones."""
    key = subject_key(received.mail.subject)
    for outgoing in received.window.written_under(key, received.sender) if key is not None else ():
        if outgoing.conversation is not None:
            yield Candidate(outgoing.conversation, _Evidence.CORRESPONDENT, 40, received.mail.subject, outgoing)
