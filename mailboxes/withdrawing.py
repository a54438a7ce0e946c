"""Takes back mail that has not left: up to the final dot of its recipient, and not a moment later."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from mailboxes.models import Delivery

# What a server may have is behind the final dot; all before it is certainly not sent.
_BEFORE_THE_DOT = (Delivery.State.QUEUED, Delivery.State.DEFERRED, Delivery.State.CLAIMED)


def withdraw(outgoing_ids: Collection[uuid.UUID], *, because: str, now: datetime) -> set[uuid.UUID]:
    """Withdraw these messages from everyone who does not have them yet; return those that nobody they name will get.

    A worker that holds one is refused the mark before its dot (claiming.mark_dot_pending), and drops the connection.
    One that is at its dot, or was taken, is left alone, and so are copies of it (SPEC M20).
    """
    if not outgoing_ids:
        return set()
    with transaction.atomic():
        rows = Delivery.objects.filter(outgoing_message__in=outgoing_ids, state__in=_BEFORE_THE_DOT)
        held = list(rows.select_for_update(of=("self",)).order_by("pk"))
        withdrawn = {one.outgoing_message_id for one in held if not one.is_blind_copy}
        Delivery.objects.filter(
            pk__in=[one.pk for one in held if one.outgoing_message_id in withdrawn], state__in=_BEFORE_THE_DOT
        ).update(state=Delivery.State.WITHDRAWN, reply_text=because[:600], settled_at=now)
    return withdrawn
