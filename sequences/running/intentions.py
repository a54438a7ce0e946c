"""What limits are asked about one mail, and what is given back of them for mail that did not leave."""

import uuid
from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction

from mailhub.tenancy.scope import tenant_scope
from sequences.limits import Intention, release
from sequences.models import Enrollment, StepSend
from servers.models import OutgoingServer


def intention_of(enrollment: Enrollment, server: OutgoingServer) -> Intention:
    """Return what limits ask about the next mail to a contact through a server."""
    return Intention(
        tenant_id=enrollment.tenant_id,
        server=server,
        recipient_domain=enrollment.contact.domain,
        sequence_id=enrollment.sequence_id,
        is_first_step=enrollment.last_send_id is None,
        new_per_day=enrollment.sequence.new_per_day,
    )


def give_back(outgoing_ids: Collection[uuid.UUID]) -> None:
    """Give back what mails took that were withdrawn, once that is committed.

    Each by itself: two mails locked together could wait for one that is being submitted, and it for them. If a worker
    dies over it, that day sends a little less.
    """
    sends = StepSend.objects.filter(outgoing_message__in=outgoing_ids, server__isnull=False)
    for send in sends.select_related("server__mailbox", "enrollment__contact", "enrollment__sequence"):
        assert send.server is not None
        intention = intention_of(send.enrollment, send.server)
        transaction.on_commit(partial(_release, intention, at=send.submitted_at), robust=True)


def _release(intention: Intention, *, at: datetime) -> None:
    with tenant_scope(intention.tenant_id):
        release(intention, at=at)
