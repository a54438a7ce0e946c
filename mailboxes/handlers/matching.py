"""Which sent message does a received one answer, and by what evidence (SPEC I2)?"""

from mailboxes.matching.candidates import REPORTS, Candidate, candidates
from mailboxes.matching.guards import refusal, takes_part
from mailboxes.models import Message
from mailboxes.receiving.received import Next, Received


def match(received: Received) -> Next:
    """Find what the message answers: the strongest evidence that nothing speaks against."""
    is_known = False
    for candidate in candidates(received):
        is_known = True
        reason = refusal(received, candidate)
        if not reason:
            _join(received, candidate)
            return Next.CONTINUE
        if received.related_to is None:
            received.related_to = candidate.conversation
            received.note("match", f"{_named(candidate)}, but {reason}: a new conversation, linked to it.")
    if not is_known and received.is_written_by_us:
        return _match_by_its_answer(received)
    if not is_known:
        received.note("match", "Quotes nothing that this mailbox knows: a new conversation.")
    return Next.CONTINUE


def _join(received: Received, candidate: Candidate) -> None:
    message, outgoing = received.message, candidate.outgoing
    message.evidence = candidate.evidence
    message.evidence_identifier = candidate.identifier
    message.match_score = candidate.score
    received.related_to = None
    if outgoing is None or received.is_written_by_us:
        received.joins = candidate.conversation
        received.note("match", f"{_named(candidate)}, of this mailbox: the same conversation.")
        return
    received.answers = outgoing
    message.answers_id = outgoing.pk
    if outgoing.is_circular and received.classification.kind not in REPORTS:
        _join_own_conversation(received, candidate)
        return
    received.joins = candidate.conversation
    received.note("match", f"{_named(candidate)}, which we sent: a reply, {candidate.score} % sure.")


def _join_own_conversation(received: Received, candidate: Candidate) -> None:
    """Who answers a letter to many gets a conversation of his own, so that no answer goes to somebody else."""
    assert candidate.outgoing is not None
    received.joins = received.window.answers_to_circulars.get((candidate.outgoing.pk, received.sender))
    if received.joins is None:
        received.related_to = candidate.conversation
        received.note("match", f"{_named(candidate)}, which went to many: a conversation of its own, linked to it.")
        return
    received.note("match", f"{_named(candidate)}, which went to many: the conversation with {received.sender}.")


def _match_by_its_answer(received: Received) -> Next:
    """Find a conversation in which an answer to this message of ours is already."""
    conversation = received.window.quoting.get(received.mail.message_id)
    found = None
    if conversation is not None:
        found = Candidate(conversation, Message.Evidence.NONE, 0, received.mail.message_id)
    if found is None or not takes_part(received, found):
        received.note("match", "Quotes nothing that this mailbox knows: a new conversation.")
        return Next.CONTINUE
    received.joins = found.conversation
    received.note("match", "A message that answers it came in before: the same conversation.")
    return Next.CONTINUE


def _named(candidate: Candidate) -> str:
    if candidate.evidence == Message.Evidence.CORRESPONDENT:
        return f"The correspondent answers under the subject “{candidate.identifier}”"
    if candidate.evidence == Message.Evidence.REPLY_TOKEN:
        return f"It was sent to {candidate.identifier}"
    if candidate.evidence == Message.Evidence.BOUNCED_ORIGINAL:
        return f"It reports on <{candidate.identifier}>"
    return f"{candidate.evidence.label} names <{candidate.identifier}>"
