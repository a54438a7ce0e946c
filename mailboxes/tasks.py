"""Doorbells: ids in, one call out. What they find to do is in the database."""

import uuid

from celery import shared_task

from mailboxes import delivering, polling, receiving, sweeping
from mailhub import clock
from mailhub.pulse import heartbeat
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask
from servers.models import IncomingServer


@shared_task(base=Bell)
def poll_due() -> None:
    """Lease every server that is due and ring for each."""
    with unscoped("the clock leases servers of every tenant"):
        servers = IncomingServer.objects.claim_due(clock.now())
    for server in servers:
        poll.ring(server.tenant_id, server.pk, server.poll_token)


@shared_task(base=TenantTask)
def poll(tenant_id: int, server_id: str, token: str) -> None:
    """Poll one incoming server under the lease that `token` is."""
    polling.poll(
        uuid.UUID(server_id),
        uuid.UUID(token),
        now=clock.now,
        stored=lambda mailbox_id: receive.ring(tenant_id, mailbox_id),
    )


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


@shared_task(base=Bell)
def sweep() -> None:
    """Find what lost bells and dead workers left, and ring for it."""
    with unscoped("the sweep looks for forgotten work of every tenant"):
        found = sweeping.forgotten_work(now=clock.now())
    for tenant_id, server_id in found.servers_to_deliver:
        deliver.ring(tenant_id, server_id)
    for tenant_id, mailbox_id in found.mailboxes_to_receive:
        receive.ring(tenant_id, mailbox_id)


@shared_task(base=Bell)
def sweep_storage() -> None:
    """Remove raw mail that no row names and that is older than a day."""
    with unscoped("the storage of every tenant is swept"):
        sweeping.remove_orphans(now=clock.now())


@shared_task(base=Bell)
def pulse(name: str) -> None:
    """Show that the queue `name` has a living worker."""
    heartbeat.beat(name, clock.now())
