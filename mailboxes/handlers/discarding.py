"""Does not take in what a discard filter of the mailbox fits (SPEC M23)."""

from mailboxes.intake import attachment_limits, discarding
from mailboxes.intake.forwarding import forward
from mailboxes.intake.matching import traits_of
from mailboxes.models import DiscardFilter
from mailboxes.receiving.received import Next, Received


def discard(received: Received) -> Next:
    """Keep mail that a filter fits out of the conversations, for people to find in the list of discarded mail.

    What a person of the mailbox wrote is taken in, what was in the inbox before the server was added, and what a person
    took in although it had been discarded.
    """
    message = received.message
    if message.is_written_by_us or message.is_archived:
        return Next.CONTINUE
    found = discarding.first_fitting(received.window.once(discarding.load), traits_of(message, received.mail))
    if message.was_taken_in:
        received.note("discard", f"Was discarded; a person took it in. {_fits(found)}".strip())
        return Next.CONTINUE
    # It may be decided anew, after the filters were changed.
    message.discarded_because, message.discarded_at = "", None
    if found is None:
        return Next.CONTINUE
    because = f"Discard filter: {found}"
    discarding.discard(message, because, now=received.now)
    received.note("discard", f"Not taken in. {_fits(found)}")
    if found.is_forwarded:
        _forward(received, found, because)
    return Next.STOP


def _fits(found: DiscardFilter | None) -> str:
    return f"The filter “{found}” fits." if found else ""


def _forward(received: Received, found: DiscardFilter, because: str) -> None:
    policy = received.window.once(attachment_limits.load)
    if policy is None or not policy.forward_to:
        received.note("discard", "Not forwarded: the mailbox has no address for rejected mail.")
        return
    what_happened = f"this mail was not taken in. {because}."
    forward(received, rule_key=str(found.pk), to=policy.forward_to, what_happened=what_happened)
