"""Doorbells: ids in, one call out. What they find to do is in the database."""

import uuid

from celery import shared_task

from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask
from sequences.batches import claiming as batch_claiming
from sequences.batches import working as batch_working
from sequences.importing import claiming, forgetting, working


@shared_task(base=TenantTask)
def work_on_import(tenant_id: int, contact_import_id: str) -> None:
    """Try, run or undo an import of contacts as far as one run goes."""
    if working.work(uuid.UUID(contact_import_id), now=clock.now):
        work_on_import.ring(tenant_id, contact_import_id)


@shared_task(base=Bell)
def sweep_imports() -> None:
    """Ring for imports whose bell was lost or whose worker died."""
    with unscoped("the sweep looks for forgotten imports of every tenant"):
        waiting = claiming.waiting()
    for tenant_id, contact_import_id in waiting:
        work_on_import.ring(tenant_id, contact_import_id)


@shared_task(base=Bell)
def forget_old_imports() -> None:
    """Forget files and results of imports whose time is over."""
    with unscoped("old imports of every tenant are forgotten"):
        forgetting.forget_old(now=clock.now())


@shared_task(base=TenantTask)
def work_on_batch(tenant_id: int, batch_id: str) -> None:
    """Add contacts to a sequence, or do something with those that are in it, as far as one run goes."""
    if batch_working.work(uuid.UUID(batch_id), now=clock.now):
        work_on_batch.ring(tenant_id, batch_id)


@shared_task(base=Bell)
def sweep_batches() -> None:
    """Ring for batches whose bell was lost or whose worker died."""
    with unscoped("the sweep looks for forgotten batches of every tenant"):
        waiting = batch_claiming.waiting()
    for tenant_id, batch_id in waiting:
        work_on_batch.ring(tenant_id, batch_id)
