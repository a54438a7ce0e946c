"""One mail transaction: from MAIL to the dot (RFC 5321 §3.3)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from mailboxes.inbound import loops, replies
from mailboxes.inbound.addressing import DirectAddress
from mailboxes.inbound.letters import Destination, Letter, Outcome, Settled
from mailboxes.inbound.replies import Reply

# So much of the content's name stands in replies and logs.
_IDENTIFIER_CHARACTERS = 16


@dataclass(frozen=True)
class Recipient:
    """An address that RCPT named, and the mailbox behind it."""

    address: DirectAddress
    destination: Destination


@dataclass
class Transaction:
    """Sender and recipients of one message; `is_utf8` when its client asked for SMTPUTF8 (RFC 6531)."""

    reverse_path: str
    size: int
    is_utf8: bool
    recipients: list[Recipient] = field(default_factory=list)

    def names(self, destination: Destination) -> bool:
        """Tell whether the mailbox has been named before, with whatever detail."""
        return any(one.destination.mailbox_id == destination.mailbox_id for one in self.recipients)

    def letters(self, raw: bytes, *, now: datetime) -> dict[UUID, Letter]:
        """Return one letter for each mailbox.

        Of several addresses of one mailbox the letter keeps the one with a detail: it says more.
        """
        chosen: dict[UUID, Recipient] = {}
        for one in self.recipients:
            mailbox_id = one.destination.mailbox_id
            if mailbox_id not in chosen or (one.address.detail and not chosen[mailbox_id].address.detail):
                chosen[mailbox_id] = one
        return {
            mailbox_id: Letter(one.destination, self.reverse_path, one.address.addr_spec, raw, now)
            for mailbox_id, one in chosen.items()
        }


def refusal_of(letter: Letter) -> Reply | None:
    """Return why this message is not taken in for this mailbox at all; None when it is."""
    if loops.went_too_far(letter.raw) or loops.was_delivered_to(letter.raw, letter.envelope_to):
        return replies.LOOP
    return None


def reply_to(settled: Settled) -> Reply:
    """Return the reply for one letter."""
    match settled.outcome:
        case Outcome.STORED:
            return replies.stored(settled.digest[:_IDENTIFIER_CHARACTERS])
        case Outcome.GONE:
            return replies.MAILBOX_UNKNOWN
        case Outcome.FAILED:
            return replies.NOT_STORED


def together(answers: list[Reply]) -> Reply:
    """Return the one reply of SMTP for all letters: 250 only when all are stored.

    With 451 the client sends to all of them again, and those that have the message recognise it. So a mailbox that was
    deleted meanwhile costs one round, and is refused at RCPT in the next.
    """
    if all(one.is_positive for one in answers):
        return answers[0]
    if replies.LOOP in answers:
        # A message that goes round does so for all whom it names.
        return replies.LOOP
    if all(one.is_permanent for one in answers):
        return answers[0]
    return next((one for one in answers if not one.is_positive and not one.is_permanent), replies.NOT_STORED)
