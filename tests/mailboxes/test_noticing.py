"""What the watcher noticed is leased and rung for at once."""

from datetime import timedelta

import pytest

from mailboxes.noticing import PollBells
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from servers.models import IncomingServer
from tests.factories import make_incoming, make_mailbox, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung() -> list[IncomingServer]:
    return []


@pytest.fixture
def bells(rung: list[IncomingServer]) -> PollBells:
    return PollBells(now=clock.now, ring=rung.append)


def idle_server(tenant: Tenant) -> IncomingServer:
    """Make a server that is not due for minutes."""
    return make_incoming(make_mailbox(tenant), next_poll_at=clock.now() + timedelta(minutes=5))


def test_servers_of_several_tenants_are_leased_and_rung_for(bells: PollBells, rung: list[IncomingServer]) -> None:
    servers = [idle_server(make_tenant(name)) for name in ("Acme", "Globex")]
    other = idle_server(make_tenant("Initech"))

    bells.make_due([server.pk for server in servers])
    busy = bells.ring([server.pk for server in servers])

    assert {server.pk for server in rung} == {server.pk for server in servers}
    assert all(server.poll_token is not None for server in rung)
    assert busy == set()
    with unscoped("a test looks"):
        assert other.refreshed().poll_token is None


def test_a_server_whose_poll_is_running_stays_due_and_is_rung_for_once_it_is_over(
    bells: PollBells, rung: list[IncomingServer]
) -> None:
    server = idle_server(make_tenant())
    bells.make_due([server.pk])
    bells.ring([server.pk])
    [running] = rung
    assert running.poll_token is not None

    with unscoped("a poll begins"):
        assert running.begin_poll(running.poll_token)
    bells.make_due([server.pk])
    while_running = bells.ring([server.pk])
    with unscoped("a poll ends"):
        running.end_poll(running.poll_token, now=clock.now(), more=False)
    afterwards = bells.ring([server.pk])

    assert (while_running, afterwards) == ({server.pk}, set())
    assert len(rung) == 2


@pytest.mark.parametrize("has_lease", [False, True], ids=["nobody asks", "the bell was lost"])
def test_a_notice_does_not_hide_since_when_a_server_is_overdue(bells: PollBells, *, has_lease: bool) -> None:
    overdue_since = clock.now() - timedelta(minutes=20)
    server = make_incoming(make_mailbox(make_tenant()), next_poll_at=overdue_since)
    if has_lease:
        bells.ring([server.pk])

    bells.make_due([server.pk])

    with unscoped("a test looks"):
        assert server.refreshed().next_poll_at == overdue_since


def test_a_notice_during_the_poll_of_an_overdue_server_is_followed_by_another_poll(
    bells: PollBells, rung: list[IncomingServer]
) -> None:
    server = make_incoming(make_mailbox(make_tenant()), next_poll_at=clock.now() - timedelta(minutes=20))
    bells.ring([server.pk])
    [running] = rung
    assert running.poll_token is not None

    with unscoped("a poll begins, hears of more and ends"):
        assert running.begin_poll(running.poll_token)
        bells.make_due([server.pk])
        running.end_poll(running.poll_token, now=clock.now(), more=False)

    bells.ring([server.pk])
    assert len(rung) == 2


def test_a_server_that_somebody_else_polled_meanwhile_is_not_rung_for(
    bells: PollBells, rung: list[IncomingServer]
) -> None:
    server = idle_server(make_tenant())

    busy = bells.ring([server.pk])

    assert (busy, rung) == (set(), [])


def test_a_server_that_was_switched_off_is_not_rung_for(bells: PollBells, rung: list[IncomingServer]) -> None:
    server = idle_server(make_tenant())
    with unscoped("somebody switches it off"):
        IncomingServer.objects.filter(pk=server.pk).update(is_active=False)

    bells.make_due([server.pk])
    busy = bells.ring([server.pk])

    assert (busy, rung) == (set(), [])
