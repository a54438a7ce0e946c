"""What a plan switches off in mailboxes, and on again (SPEC T5): nothing loses its encryption, it pauses."""

from datetime import datetime

from django.db import models

from billing import features
from billing.models import Feature, Subscription
from mailboxes.models import Mailbox
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer
from servers.standing import PauseReason


def follow_plan(subscription: Subscription, *, now: datetime) -> None:
    """Pause or resume the encrypted connected POP accounts of all mailboxes that count against the subscription."""
    _follow(_encrypted_pop().filter(mailbox__subscription=subscription), subscription, now=now)


def follow_subscription(mailbox: Mailbox, *, now: datetime) -> None:
    """Do the same for one mailbox that counts against another subscription now."""
    _follow(_encrypted_pop().filter(mailbox=mailbox), mailbox.subscription, now=now)


def _encrypted_pop() -> models.QuerySet[IncomingServer]:
    rows: models.QuerySet[IncomingServer] = IncomingServer.objects.filter(is_primary=False, protocol=Protocol.POP3)
    return rows.exclude(security=Security.NONE)


def _follow(servers: models.QuerySet[IncomingServer], subscription: Subscription, *, now: datetime) -> None:
    if features.has(subscription, Feature.ENCRYPTED_POP):
        paused = servers.filter(pause_reason=PauseReason.PLAN)
        paused.update(paused_at=None, pause_reason="", told_at=None, next_poll_at=now)
    else:
        # One that is paused for another reason stays so: resuming would hide that reason.
        servers.filter(paused_at=None).update(paused_at=now, pause_reason=PauseReason.PLAN, told_at=None)
