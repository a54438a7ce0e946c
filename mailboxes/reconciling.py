"""Uncertain deliveries: what stands in the Sent folder was taken by the server (SECURITY section 4)."""

from datetime import datetime

from mailboxes import settling
from mailboxes.identifiers import identifier_key
from mailboxes.models import Delivery, Message, OutgoingMessage, SentCopy
from servers.models import FolderRole

_State = Delivery.State


def settle_found(outgoing: OutgoingMessage, *, now: datetime) -> bool:
    """Settle as sent what is uncertain of a message that was found in Sent; False when that proves nothing.

    It proves nothing when we put it there ourselves, or when another try may have done it.
    """
    if SentCopy.objects.filter(outgoing_message=outgoing).exists():
        return False
    tries = outgoing.deliveries.filter(state__in=[_State.SENT, _State.UNCERTAIN]).values_list("attempt", "state")
    if len({attempt for attempt, _state in tries}) != 1 or not any(state == _State.UNCERTAIN for _, state in tries):
        return False
    return settling.settle_found(outgoing, now=now)


def reconcile(outgoing: OutgoingMessage, *, now: datetime) -> bool:
    """Look whether a message with uncertain deliveries was found in Sent before; settle them if so."""
    if not outgoing.deliveries.filter(state=_State.UNCERTAIN).exists():
        return False
    identifiers = set(outgoing.identifiers.values_list("text", flat=True))
    found = Message.objects.filter(
        mailbox_id=outgoing.mailbox_id,
        message_id_key__in=[identifier_key(one) for one in identifiers],
        state=Message.State.OWN_COPY,
        folder_role=FolderRole.SENT,
    )
    if identifiers.isdisjoint(found.values_list("message_id", flat=True)):
        return False
    return settle_found(outgoing, now=now)
