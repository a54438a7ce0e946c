"""What was scheduled and is due: does it leave?"""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from mailboxes import settling
from mailboxes.models import Delivery, Mailbox, OutgoingMessage
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission

AUTHOR_GONE = (
    "Not sent: who scheduled it may not send from this mailbox any more. Send it again if it should leave all the same."
)


def stop_unauthorised(message_ids: Collection[uuid.UUID], *, now: datetime) -> list[uuid.UUID]:
    """Settle as failed what people scheduled who may not send it any more (SPEC T3); return which.

    Others who may use the mailbox see it, and decide. Who has clicked on Send has sent: what only waits for the time
    in which it could be undone leaves.
    """
    scheduled = OutgoingMessage.objects.filter(pk__in=message_ids, is_scheduled=True)
    stopped = []
    for outgoing in scheduled.select_related("written_by__user", "mailbox"):
        if not may_still_send(outgoing.written_by, outgoing.mailbox):
            _stop(outgoing, now=now)
            stopped.append(outgoing.pk)
    return stopped


def may_still_send(author: Membership | None, mailbox: Mailbox) -> bool:
    """Whether a person is there, active, and may send from the mailbox."""
    if author is None or not (author.is_active and author.user.is_active and author.may(Permission.SEND_MAIL)):
        return False
    return bool(Mailbox.objects.visible_to(author).filter(pk=mailbox.pk).exists())


def _stop(outgoing: OutgoingMessage, *, now: datetime) -> None:
    waiting = Delivery.objects.filter(outgoing_message=outgoing, state__in=Delivery.WAITING)
    with transaction.atomic():
        if waiting.update(state=Delivery.State.FAILED, reply_text=AUTHOR_GONE, settled_at=now):
            settling.follow(outgoing)
