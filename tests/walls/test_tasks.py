"""Doorbells that ring for a row of another account (SECURITY section 5, net 4; B137)."""

from collections.abc import Callable
from typing import Any

import pytest

from mailboxes import reply_tasks, tasks
from mailhub.celery import app
from mailhub.lib.ids import new_id
from mailhub.tenancy import tasks as tenant_tasks
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.tasks import TenantTask
from servers.models import IncomingServer
from tests.walls.places import B1, Place
from tests.walls.world import World, rows_by_label

pytestmark = pytest.mark.django_db

# What each task takes after the tenant, from the rows of a place.
CALLS: dict[str, Callable[[Place], tuple[Any, ...]]] = {
    "mailboxes.tasks.poll": lambda place: (place.incoming.pk, new_id()),
    "mailboxes.tasks.receive": lambda place: (place.mailbox.pk,),
    "mailboxes.tasks.append_sent_copies": lambda place: (place.incoming.pk,),
    "mailboxes.tasks.deliver": lambda place: (place.outgoing.pk,),
    "mailboxes.tasks.index_waiting": lambda _place: (),
    "mailboxes.tasks.recompute_targets": lambda place: (place.mailbox.pk,),
    "mailboxes.tasks.remove_deleted_mailbox": lambda place: (place.mailbox.pk,),
    "sequences.tasks.work_on_import": lambda place: (place.contacts.contact_import.pk,),
    "sequences.tasks.work_on_batch": lambda place: (place.outreach.batch.pk,),
    "sequences.running.tasks.run_sequences": lambda _place: (),
    "sequences.running.tasks.replan": lambda place: (place.outreach.sequence.pk,),
    "sequences.running.tasks.follow": lambda place: (place.outreach.enrollment.pk,),
    "sequences.running.tasks.look_at_bounces": lambda place: (place.outreach.sequence.pk,),
    "sequences.running.tasks.look_after": lambda _place: (),
    "billing.dunning.tasks.remind": lambda _place: (),
    "billing.paying.tasks.charge": lambda place: (place.accounting.invoice.pk,),
    "billing.paying.tasks.follow": lambda place: (place.accounting.payment.pk,),
    reply_tasks.check_replies.name: lambda place: (place.outgoing.pk,),
}


@pytest.fixture(autouse=True)
def _keep_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    # A worker closes it around each task, which would end the transaction that holds the world.
    monkeypatch.setattr(tenant_tasks, "close_old_connections", lambda: None)


def test_every_task_of_a_tenant_is_tried() -> None:
    ours = {name for name, task in app.tasks.items() if isinstance(task, TenantTask)}

    assert set(CALLS) == ours


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_task_of_one_account_with_a_row_of_another_does_nothing(world: World, name: str) -> None:
    before = rows_by_label(world)

    app.tasks[name](str(world.tenant.pk), *(str(one) for one in CALLS[name](world.places[B1])))

    assert rows_by_label(world) == before


def test_a_poll_of_one_account_with_the_lease_of_another_does_nothing(world: World) -> None:
    tasks.poll_due.run()
    with tenant_scope(world.other_tenant.pk):
        leased = IncomingServer.objects.get(pk=world.places[B1].incoming.pk)
    assert leased.poll_token is not None
    before = rows_by_label(world)

    tasks.poll(str(world.tenant.pk), str(leased.pk), str(leased.poll_token))

    assert rows_by_label(world) == before


def test_the_same_task_in_its_own_account_does_something(world: World) -> None:
    before = rows_by_label(world)

    tasks.receive(str(world.other_tenant.pk), str(world.places[B1].mailbox.pk))

    assert rows_by_label(world)[B1] != before[B1]
