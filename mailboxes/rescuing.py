"""Security mail must arrive: what waits too long for a tenant's own server leaves through the platform (SPEC T8)."""

from datetime import datetime, timedelta

from django.db.models import Q

from mailboxes.models import Delivery, Mailbox, OutgoingMessage
from mailboxes.pipelines import settled_handlers
from mailhub.tenancy.scope import tenant_scope

LONGEST_WAIT = timedelta(minutes=10)
BATCH = 100
_GIVEN_UP = "Waited too long here: sent through the platform's server instead."


def rescue_system_mail(*, now: datetime) -> None:
    """Give up on what still waits after ten minutes, and take up what a crash left between failing and falling back.

    Only what waits is given up, by a conditional write: a worker that has claimed it goes on with it, and then it is
    not sent a second time. Runs under `unscoped`.
    """
    waited = Q(deliveries__state__in=Delivery.WAITING, created_at__lt=now - LONGEST_WAIT)
    # With its bytes there, nothing that follows a failure has been done yet.
    left = Q(deliveries__state=Delivery.State.FAILED)
    open_mail = OutgoingMessage.objects.filter(is_confidential=True, raw_sha256__gt="", tenant__is_platform=False)
    for outgoing in open_mail.filter(waited | left).distinct()[:BATCH]:
        with tenant_scope(outgoing.tenant_id):
            if outgoing.created_at < now - LONGEST_WAIT:
                _give_up(outgoing, now=now)
            _follow(outgoing)


def give_up_waiting(mailbox: Mailbox, *, now: datetime) -> None:
    """Give up on security mail that waits in a mailbox, because the mailbox is about to go."""
    waiting = OutgoingMessage.objects.filter(
        mailbox=mailbox, is_confidential=True, deliveries__state__in=Delivery.WAITING
    )
    for outgoing in waiting.distinct():
        _give_up(outgoing, now=now)
        _follow(outgoing)


def _give_up(outgoing: OutgoingMessage, *, now: datetime) -> None:
    waiting = Delivery.objects.filter(outgoing_message=outgoing, state__in=Delivery.WAITING)
    waiting.update(state=Delivery.State.FAILED, reply_text=_GIVEN_UP, settled_at=now)


def _follow(outgoing: OutgoingMessage) -> None:
    for handler in settled_handlers():
        handler(outgoing)
