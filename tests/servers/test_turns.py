"""Which servers are polled next: tenants take turns, and none has all workers."""

import uuid
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from servers.models import IncomingServer
from servers.standing import PauseReason
from tests.factories import make_incoming, make_mailbox, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_each(settings: Settings) -> None:
    settings.POLLS_PER_TENANT = 2


def _due(tenant: Tenant, count: int, *, for_minutes: int = 0) -> list[uuid.UUID]:
    since = clock.now() - timedelta(minutes=for_minutes)
    mailbox = make_mailbox(tenant)
    return [make_incoming(mailbox, is_primary=False, next_poll_at=since).pk for _ in range(count)]


def _claim(**options: int) -> list[IncomingServer]:
    with unscoped("a test looks at all tenants"):
        return IncomingServer.objects.claim_due(clock.now(), **options)


def test_a_tenant_with_many_servers_that_wait_longest_gets_its_share_only() -> None:
    many, few = make_tenant("Many"), make_tenant("Few")
    _due(many, 10, for_minutes=30)
    patient = _due(few, 2)

    claimed = _claim()

    assert sorted(one.tenant_id for one in claimed) == [many.pk] * 2 + [few.pk] * 2
    assert {one.pk for one in claimed if one.tenant_id == few.pk} == set(patient)


def test_polls_under_way_count_and_one_that_ended_makes_room() -> None:
    tenant = make_tenant()
    _due(tenant, 3)
    first, _second = _claim()
    assert _claim() == []

    with unscoped("a test ends a poll"):
        assert first.poll_token is not None
        first.end_poll(first.poll_token, now=clock.now(), more=False)

    [third] = _claim()
    assert third.pk != first.pk


def test_tenants_take_turns_when_there_is_room_for_a_few() -> None:
    tenants = [make_tenant(f"Tenant {number}") for number in range(3)]
    for number, tenant in enumerate(tenants):
        _due(tenant, 2, for_minutes=number)

    assert {one.tenant_id for one in _claim(limit=3)} == {tenant.pk for tenant in tenants}


def test_a_paused_server_is_not_claimed_and_a_lifted_pause_lets_it_go_on() -> None:
    tenant = make_tenant()
    [paused_id] = _due(tenant, 1)
    with unscoped("a test pauses a server"):
        server = IncomingServer.objects.get(pk=paused_id)
        assert server.pause(PauseReason.PLAN, now=clock.now())
        assert not server.pause(PauseReason.CERTIFICATE, now=clock.now())

    assert _claim() == []
    with unscoped("a test lifts a pause"):
        assert not server.lift_pause(PauseReason.CERTIFICATE, now=clock.now())
        assert server.lift_pause(PauseReason.PLAN, now=clock.now())
    assert [one.pk for one in _claim()] == [paused_id]


def test_looking_costs_two_queries_for_any_number_of_tenants(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        _due(make_tenant(f"Tenant {number}"), 3)

    # And one conditional write for each server that is claimed.
    with django_assert_num_queries(2 + 10):
        assert len(_claim()) == 10
