"""What speaks against a conversation, whatever was quoted (SECURITY TC8, B079).

Whoever saw a Message-ID in public can quote it. So a sender joins only where he takes part; otherwise he would read
along with every answer to "all". The message then opens a conversation of its own, linked to the one it quotes.
"""

from mailboxes.addresses import normalise
from mailboxes.matching.candidates import REPORTS, Candidate
from mailboxes.models import Message, OutgoingMessage
from mailboxes.receiving.received import Received
from mailboxes.standing.copies import concerns_copies_only
from mailboxes.subjects import normalise_subject


def refusal(received: Received, candidate: Candidate) -> str:
    """Return why the message does not join this conversation, "" when nothing speaks against it."""
    if received.classification.kind in REPORTS and candidate.outgoing is not None:
        return _refusal_of_report(received, candidate.outgoing)
    if not takes_part(received, candidate):
        return f"{_stranger(received)} no part in that conversation"
    if candidate.evidence == Message.Evidence.REFERENCES and _is_about_something_else(received, candidate):
        return "it only refers to it, and its subject is another one"
    return ""


def takes_part(received: Received, candidate: Candidate) -> bool:
    """Whether the sender takes part in the conversation; of a message of ours, whether a recipient does."""
    participants = received.window.participants[candidate.conversation.pk]
    if received.is_written_by_us:
        return not received.recipients.isdisjoint(participants)
    sender = received.sender
    return bool(sender) and (sender in participants or sender in received.window.own_addresses)


def _refusal_of_report(received: Received, outgoing: OutgoingMessage) -> str:
    """A report is written by a machine that took no part; it must speak of somebody whom we wrote to."""
    reported = received.classification.recipients
    named = {normalise(address) for one in reported for address in (one.address, one.original_address) if address}
    written_to = {normalise(address) for _name, address in (*outgoing.to, *outgoing.cc, *outgoing.bcc)}
    if named and named.isdisjoint(written_to) and not concerns_copies_only(reported, outgoing):
        return "it reports on a recipient whom that mail did not go to"
    return ""


def _is_about_something_else(received: Received, candidate: Candidate) -> bool:
    known = normalise_subject(candidate.conversation.subject)
    return bool(known) and normalise_subject(received.mail.subject) != known


def _stranger(received: Received) -> str:
    if received.is_written_by_us:
        return "its recipients take"
    return f"{received.sender or 'the sender'} takes"
