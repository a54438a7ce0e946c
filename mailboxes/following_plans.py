"""What a plan switches off in mailboxes, and on again (SPEC T5): nothing loses its encryption, it pauses."""

import uuid
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


def lock_plan(mailbox_id: uuid.UUID) -> Subscription:
    """Return what the mailbox counts against as it is now; its plan stays the same until the transaction ends.

    Lock it before the server that follows it, as a change of the plan does.
    """
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan")
    locked: Subscription = rows.get(mailboxes=mailbox_id)
    return locked


def follow_settings(server: IncomingServer, subscription: Subscription, *, now: datetime) -> None:
    """Do the same for one server whose settings are others now: without encryption no plan forbids it."""
    _follow(_encrypted_pop().filter(pk=server.pk), subscription, now=now)
    _resume(_connected_pop().filter(pk=server.pk, security=Security.NONE), now=now)


def _encrypted_pop() -> models.QuerySet[IncomingServer]:
    return _connected_pop().exclude(security=Security.NONE)


def _connected_pop() -> models.QuerySet[IncomingServer]:
    rows: models.QuerySet[IncomingServer] = IncomingServer.objects.filter(is_primary=False, protocol=Protocol.POP3)
    return rows


def _follow(servers: models.QuerySet[IncomingServer], subscription: Subscription, *, now: datetime) -> None:
    if features.has(subscription, Feature.ENCRYPTED_POP):
        _resume(servers, now=now)
    else:
        # One that is paused for another reason stays so: resuming would hide that reason.
        servers.filter(paused_at=None).update(paused_at=now, pause_reason=PauseReason.PLAN, told_at=None)


def _resume(servers: models.QuerySet[IncomingServer], *, now: datetime) -> None:
    paused = servers.filter(pause_reason=PauseReason.PLAN)
    paused.update(paused_at=None, pause_reason="", told_at=None, next_poll_at=now)
