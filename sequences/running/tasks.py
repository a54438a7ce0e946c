"""Doorbells of sequences: ids in, one call out."""

import uuid

from celery import shared_task

from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask
from sequences.limits import sweeping
from sequences.running import claiming, due_times, following, losing, working
from sequences.stopping import ending, shield


@shared_task(base=Bell)
def run_due() -> None:
    """Ring for every tenant in whose sequences something is due: once each, whatever waits there."""
    with unscoped("the clock looks for what is due in the sequences of every tenant"):
        tenants = claiming.tenants_with_due(now=clock.now())
    for tenant_id in tenants:
        run_sequences.ring(tenant_id)


@shared_task(base=TenantTask)
def run_sequences(tenant_id: int) -> None:
    """Submit what is due in the sequences of one tenant; what is left waits until the others had their turn."""
    if working.run_due(tenant_id, now=clock.now):
        run_sequences.ring(tenant_id)


@shared_task(base=TenantTask)
def follow(_tenant_id: int, enrollment_id: str) -> None:
    """Go on with a contact whose mail was settled."""
    following.follow(uuid.UUID(enrollment_id), now=clock.now())


@shared_task(base=TenantTask)
def replan(_tenant_id: int, sequence_id: str) -> None:
    """Move the due times of who waits in a sequence, after its steps or hours were changed."""
    due_times.replan(uuid.UUID(sequence_id), now=clock.now())


@shared_task(base=TenantTask)
def look_at_bounces(_tenant_id: int, sequence_id: str) -> None:
    """Pause a sequence in which too much bounces."""
    shield.look(uuid.UUID(sequence_id), now=clock.now())


@shared_task(base=TenantTask)
def look_after(_tenant_id: int) -> None:
    """Wake whose pause is over, and hold up whose server is gone."""
    ending.end_away(now=clock.now())
    losing.pause_lost(now=clock.now())


@shared_task(base=Bell)
def sweep() -> None:
    """Find what lost bells and dead workers left, and ring for it."""
    with unscoped("the sweep looks for forgotten contacts in the sequences of every tenant"):
        following.mark_forgotten()
        forgotten = following.forgotten(now=clock.now())
        tenants = losing.tenants_to_look_after(now=clock.now())
    for tenant_id, enrollment_id in forgotten:
        follow.ring(tenant_id, enrollment_id)
    for tenant_id in tenants:
        look_after.ring(tenant_id)


@shared_task(base=Bell)
def forget_old_counts() -> None:
    """Remove what limits were counted by days ago."""
    sweeping.forget_old_counts(clock.now())
