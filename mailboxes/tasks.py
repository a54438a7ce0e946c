"""Doorbells: ids in, one call out. What they find to do is in the database."""

import uuid

from celery import shared_task

from mailboxes import alarms, appending, delivering, emptying, notices, polling, receiving, sweeping
from mailboxes.automatic import ledger
from mailboxes.drafts import keeping
from mailboxes.intake import expiring
from mailboxes.notifying import forgetting
from mailboxes.queue import targets
from mailboxes.searching import backlog
from mailhub import clock
from mailhub.pulse import heartbeat
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask
from servers.models import IncomingServer, ServerError
from servers.watching import leases


@shared_task(base=Bell)
def poll_due() -> None:
    """Ring for every server that is due, also where its watcher died, and for mail whose time to leave has come."""
    with unscoped("the clock leases servers of every tenant"):
        leases.end_lapsed()
        servers = IncomingServer.objects.claim_due(clock.now())
        to_deliver = sweeping.due_lately(now=clock.now())
    for server in servers:
        poll.ring(server.tenant_id, server.pk, server.poll_token)
    for tenant_id, server_id in to_deliver:
        deliver.ring(tenant_id, server_id)


@shared_task(base=TenantTask)
def poll(tenant_id: int, server_id: str, token: str) -> None:
    """Poll one incoming server under the lease that `token` is."""
    has_polled = polling.poll(
        uuid.UUID(server_id),
        uuid.UUID(token),
        now=clock.now,
        stored=lambda mailbox_id: receive.ring(tenant_id, mailbox_id),
    )
    if not has_polled:
        return
    # There is room for one more poll of this tenant, and the clock would come by in some seconds only.
    for server in IncomingServer.objects.claim_due(clock.now(), limit=1):
        poll.ring(tenant_id, server.pk, server.poll_token)


@shared_task(base=TenantTask)
def append_sent_copies(tenant_id: int, incoming_server_id: str) -> None:
    """Put copies of what was sent into the Sent folder of one server."""
    if appending.append_due(uuid.UUID(incoming_server_id), now=clock.now):
        append_sent_copies.ring(tenant_id, incoming_server_id)


@shared_task(base=TenantTask)
def receive(tenant_id: int, mailbox_id: str) -> None:
    """Take what waits in a mailbox through the pipeline."""
    if receiving.receive_waiting(uuid.UUID(mailbox_id), now=clock.now):
        receive.ring(tenant_id, mailbox_id)


@shared_task(base=TenantTask)
def deliver(tenant_id: int, outgoing_server_id: str) -> None:
    """Deliver what is due for one outgoing server."""
    if delivering.deliver_due(uuid.UUID(outgoing_server_id), now=clock.now):
        deliver.ring(tenant_id, outgoing_server_id)


@shared_task(base=TenantTask)
def remove_deleted_mailbox(tenant_id: int, mailbox_id: str) -> None:
    """Remove the rows of a mailbox that somebody deleted."""
    if emptying.empty(uuid.UUID(mailbox_id)):
        remove_deleted_mailbox.ring(tenant_id, mailbox_id)


@shared_task(base=TenantTask)
def index_waiting(_tenant_id: int) -> None:
    """Let search find messages that it does not know yet; the sweep rings again for what is left."""
    backlog.index_waiting()


@shared_task(base=Bell)
def sweep() -> None:
    """Find what lost bells and dead workers left, and ring for it."""
    with unscoped("the sweep looks for forgotten work of every tenant"):
        found = sweeping.forgotten_work(now=clock.now())
    for tenant_id, server_id in found.servers_to_deliver:
        deliver.ring(tenant_id, server_id)
    for tenant_id, mailbox_id in found.mailboxes_to_receive:
        receive.ring(tenant_id, mailbox_id)
    for tenant_id, server_id in found.servers_to_append_to:
        append_sent_copies.ring(tenant_id, server_id)
    for tenant_id, mailbox_id in found.mailboxes_to_empty:
        remove_deleted_mailbox.ring(tenant_id, mailbox_id)
    for tenant_id in found.tenants_to_index:
        index_waiting.ring(tenant_id)


@shared_task(base=Bell)
def watch_over() -> None:
    """Raise and clear alarms, and tell owners and administrators what waits for them."""
    with unscoped("alarms and pauses are looked for in every tenant"):
        alarms.look(now=clock.now())
        notices.tell(now=clock.now())


@shared_task(base=TenantTask)
def recompute_targets(_tenant_id: int, mailbox_id: str) -> None:
    """Set anew until when answers are due in a mailbox whose response target was changed."""
    targets.recompute(uuid.UUID(mailbox_id))


@shared_task(base=Bell)
def trim_errors() -> None:
    """Remove errors that are too old to be shown."""
    with unscoped("the errors of every mailbox are trimmed"):
        ServerError.objects.trim()


@shared_task(base=Bell)
def sweep_storage() -> None:
    """Remove discarded mail and old records after their time, and raw mail that no row names for a day."""
    with unscoped("the storage of every tenant is swept"):
        expiring.remove_expired(now=clock.now())
        ledger.forget_old(now=clock.now())
        forgetting.forget_old(now=clock.now())
        keeping.forget_sent(now=clock.now())
        sweeping.remove_orphans(now=clock.now())


@shared_task(base=Bell)
def pulse(name: str) -> None:
    """Show that the queue `name` has a living worker."""
    heartbeat.beat(name, clock.now())
