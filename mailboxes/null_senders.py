"""Mail with the null sender at servers that refuse it: it goes out with our own address instead (SECURITY TC9)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailboxes.identities import bounce_address
from mailboxes.models import Delivery, OutgoingMessage
from mailboxes.settling import Outcome
from servers.envelope import Reply
from servers.models import OutgoingServer

# RFC 3463 §3.2 and §3.8, and two of Exchange: the sender is not allowed. Some servers say so only later than at MAIL.
_ABOUT_THE_SENDER = frozenset({"5.1.7", "5.1.8", "5.7.1", "5.7.60", "5.2.252"})


def is_about_sender(reply: Reply) -> bool:
    """Whether a reply to RCPT or to the final dot may mean the null sender."""
    return reply.is_permanent and reply.enhanced_status in _ABOUT_THE_SENDER


def second_chance(
    server: OutgoingServer, outgoing: OutgoingMessage, outcomes: Mapping[str, Outcome], *, now: datetime
) -> dict[str, Outcome]:
    """Return `outcomes`, where whoever failed is tried again at once with our own address as the envelope sender.

    Only for mail with the null sender, so only once: from then on it names somebody.
    """
    failed = [one for one, outcome in outcomes.items() if outcome.state == Delivery.State.FAILED]
    if not failed or outgoing.mail_from:
        return dict(outcomes)
    outgoing.mail_from = bounce_address(server)
    OutgoingMessage.objects.filter(pk=outgoing.pk).update(mail_from=outgoing.mail_from)
    again = {one: replace(outcomes[one], state=Delivery.State.DEFERRED, not_before=now) for one in failed}
    return {**outcomes, **again}
