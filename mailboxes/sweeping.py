"""Finds work whose bell was lost, and stored bytes that no row names."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from mailboxes import appending, claiming, emptying, rescuing
from mailboxes.models import Delivery, DraftAttachment, Message, OutgoingMessage
from mailboxes.models.deliveries import DeliveryQuerySet
from mailboxes.queue import presence, waking
from mailboxes.searching import backlog
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Tenant
from servers.models import IncomingServer

log = logging.getLogger(__name__)

# A blob is written before its row; until this age the row may still come.
ORPHAN_AGE = timedelta(days=1)
# The clock comes by every five seconds, and may be late.
LATELY = timedelta(seconds=20)


@dataclass(frozen=True)
class ForgottenWork:
    """What to ring for: tenant and row."""

    servers_to_deliver: set[tuple[int, uuid.UUID]]
    mailboxes_to_receive: set[tuple[int, uuid.UUID]]
    servers_to_append_to: set[tuple[int, uuid.UUID]]
    mailboxes_to_empty: set[tuple[int, uuid.UUID]]
    # Tenants alone.
    tenants_to_index: set[int]


def forgotten_work(*, now: datetime) -> ForgottenWork:
    """Settle what dead workers left and list all that is due. Ringing twice is harmless: every step claims."""
    claiming.sweep_expired()
    rescuing.rescue_system_mail(now=now)
    waking.wake_due(now=now)
    presence.forget_lapsed(now=now)
    due = _may_be_sent(Delivery.objects.due(now))
    waiting = Message.objects.waiting().order_by()
    return ForgottenWork(
        servers_to_deliver=set(due.order_by().values_list("tenant_id", "server_id").distinct()),
        mailboxes_to_receive=set(waiting.values_list("tenant_id", "mailbox_id").distinct()),
        servers_to_append_to=set(
            appending.due(now)
            .filter(server__in=IncomingServer.objects.polled())
            .values_list("tenant_id", "server_id")
            .distinct()
        ),
        mailboxes_to_empty=set(emptying.waiting().values_list("tenant_id", "pk")),
        tenants_to_index=backlog.waiting_tenants(),
    )


def due_lately(*, now: datetime) -> set[tuple[int, uuid.UUID]]:
    """Return tenant and server of mail that was to leave within the last moments, so that nobody waits for the sweep.

    One query over the partial index of what waits; ringing again for what is under way is harmless.
    """
    due = _may_be_sent(Delivery.objects.filter(not_before__gt=now - LATELY).due(now))
    is_tried = Q(server__not_before=None) | Q(server__not_before__lte=now)
    return set(due.filter(is_tried).order_by().values_list("tenant_id", "server_id").distinct())


def remove_orphans(*, now: datetime) -> int:
    """Delete stored contents older than a day that no row names; return how many."""
    removed = 0
    askers = [import_string(name) for name in settings.BLOBS_NAMED_BY]
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        for digest in _old_digests(tenant_id, before=now - ORPHAN_AGE):
            if not any(names_it(tenant_id, digest) for names_it in askers):
                blobs.delete(tenant_id, digest)
                removed += 1
    if removed:
        log.info("Removed %d stored contents that no row names.", removed)
    return removed


def _may_be_sent(deliveries: DeliveryQuerySet) -> QuerySet[Delivery]:
    sending = deliveries.filter(server__is_active=True, server__paused_at=None, server__mailbox__is_active=True)
    return sending.not_held_by_invoice()


def _old_digests(tenant_id: int, *, before: datetime) -> Iterator[str]:
    root = blobs.directory_of(tenant_id)
    if not default_storage.exists(root):
        return
    directories, _files = default_storage.listdir(root)
    for directory in directories:
        _subdirectories, digests = default_storage.listdir(f"{root}/{directory}")
        for digest in digests:
            if default_storage.get_modified_time(f"{root}/{directory}/{digest}") < before:
                yield digest


def names_blob(tenant_id: int, digest: str) -> bool:
    """Whether a stored content is mail, received or sent, or a file of a draft."""
    return (
        Message.objects.filter(tenant_id=tenant_id, raw_sha256=digest).with_content().exists()
        or OutgoingMessage.objects.filter(tenant_id=tenant_id, raw_sha256=digest).exists()
        or DraftAttachment.objects.filter(tenant_id=tenant_id, sha256=digest).exists()
    )
