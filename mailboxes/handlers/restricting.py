"""Keeps attachments from people that the mailbox does not take (SPEC M24)."""

from collections.abc import Sequence

from mailboxes.intake import attachment_limits, discarding
from mailboxes.intake.attachment_limits import Policy
from mailboxes.intake.forwarding import ATTACHMENTS_KEY, forward
from mailboxes.models import Attachment
from mailboxes.receiving.received import Next, Received

# So many are named; the message shows all of them.
_MOST_NAMED = 5


def restrict_attachments(received: Received) -> Next:
    """Remove what is too large or of a kind that is not taken, or do not take the mail in at all.

    Mail that is kept all the same, because a person took it in or because it was in the inbox before the server was
    added, loses what is refused and no more.
    """
    policy = received.window.once(attachment_limits.load)
    if policy is None or received.is_written_by_us or not received.attachments:
        return Next.CONTINUE
    refused = attachment_limits.refuse(received.attachments, received.raw, policy.limits)
    if not refused:
        return Next.CONTINUE
    for one in refused[:_MOST_NAMED]:
        received.note("restrict_attachments", f"Refused {one.filename}. {one.removed_because}")
    if len(refused) > _MOST_NAMED:
        received.note("restrict_attachments", f"Refused {len(refused) - _MOST_NAMED} more.")
    message = received.message
    if not policy.rejects or message.was_taken_in or message.is_archived:
        _forward(received, policy, f"{_named(refused)} removed from this mail, which was taken in without.")
        return Next.CONTINUE
    discarding.discard(message, f"Attachment {refused[0].filename}: {refused[0].removed_because}", now=received.now)
    received.note("restrict_attachments", "Not taken in, because of its attachments.")
    _forward(received, policy, f"this mail was not taken in, because of {refused[0].filename}.")
    return Next.STOP


def _named(refused: Sequence[Attachment]) -> str:
    if len(refused) == 1:
        return f"the attachment {refused[0].filename} was"
    return f"{len(refused)} attachments were"


def _forward(received: Received, policy: Policy, what_happened: str) -> None:
    if policy.forward_to:
        forward(received, rule_key=ATTACHMENTS_KEY, to=policy.forward_to, what_happened=what_happened)
