"""Reports about copies that the recipients know nothing of (SPEC M20): the conversation is not concerned."""

from collections.abc import Iterable

from django.db.models import prefetch_related_objects

from mailboxes.addresses import normalise
from mailboxes.classifying import FailedRecipient
from mailboxes.models import OutgoingMessage


def concerns_copies_only(failures: Iterable[FailedRecipient], outgoing: OutgoingMessage) -> bool:
    """Whether all whom a report says that a message of ours did not reach got a copy of it by auto-BCC."""
    prefetch_related_objects([outgoing], "deliveries")
    copies = {normalise(one.recipient) for one in outgoing.deliveries.all() if one.is_blind_copy}
    if not copies:
        return False
    named = [{normalise(address) for address in (one.address, one.original_address) if address} for one in failures]
    return bool(named) and all(addresses & copies for addresses in named)
