"""Recipients whom their server refused while we spoke with it: a bounce that never became a mail."""

from mailboxes.classifying import FailedRecipient
from mailboxes.classifying.reports.reasons import reason_of
from mailboxes.models import Delivery, Mailbox, OutgoingMessage, StandingChange
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailboxes.standing.reports import is_final


def record_refusals(outgoing: OutgoingMessage) -> None:
    """Change the standing of those whose server refused them for good, once for each delivery."""
    # Who gets a blind copy of all mail is nobody whom the mailbox writes to.
    refused = outgoing.deliveries.filter(state=Delivery.State.FAILED, reply_code__gte=500, is_blind_copy=False)
    for delivery in refused.exclude(standing_changes__isnull=False):
        assert delivery.settled_at is not None
        failure = _failure(delivery)
        occasion = Occasion(
            outgoing.tenant_id,
            delivery.settled_at,
            f"{delivery.reply_code} {delivery.enhanced_status} {delivery.reply_text}",
            delivery=delivery,
        )
        if is_final(failure) and outgoing.mailbox.kind == Mailbox.Kind.MARKETING:
            changing.mark_incorrect(delivery.recipient, occasion)
        elif is_final(failure):
            changing.count_bounce(delivery.recipient, StandingChange.Event.BOUNCED, occasion)


def _failure(delivery: Delivery) -> FailedRecipient:
    return FailedRecipient(
        delivery.recipient,
        is_permanent=True,
        status=delivery.enhanced_status,
        reason=reason_of(delivery.reply_text, delivery.enhanced_status),
        diagnostic=delivery.reply_text,
    )
