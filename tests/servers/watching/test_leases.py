"""Who watches what, as the rows have it."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from mailhub import clock
from mailhub.pulse.models import Heartbeat
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from servers.endpoints import Protocol
from servers.failures import FailureKind
from servers.models import IncomingServer
from servers.watching import leases
from servers.watching.leases import LEASE, Leases, Setback
from tests.factories import make_tenant
from tests.servers.watching.watched import make_watchable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything() -> Iterator[None]:
    with unscoped("a test watches"):
        yield


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def watcher(connections: int = 1000) -> Leases:
    """Return the leases of a process that is alive."""
    process = Leases(token=uuid.uuid4(), connections=connections)
    process.announce()
    return process


def pks(servers: list[IncomingServer]) -> set[uuid.UUID]:
    return {server.pk for server in servers}


def let_leases_lapse() -> None:
    past = Now() - timedelta(seconds=1)
    IncomingServer.objects.exclude(watch_lease_until=None).update(watch_lease_until=past)


def test_two_processes_never_claim_the_same_server(tenant: Tenant) -> None:
    servers = [make_watchable(tenant, 993) for _ in range(5)]
    first, second = watcher(), watcher()

    claimed = first.claim(3), second.claim(3), first.claim(3)

    assert [len(one) for one in claimed] == [3, 2, 0]
    assert pks(claimed[0]) | pks(claimed[1]) == pks(servers)


@pytest.mark.parametrize(
    "unlike",
    [
        {"is_active": False},
        {"protocol": Protocol.POP3},
        {"paused_at": clock.now()},
        {"last_success_at": None},
        {"watch_not_before": clock.now() + timedelta(hours=1)},
        {"failure_count": 2, "last_failure_kind": FailureKind.SIGN_IN_REFUSED},
        {"failure_count": 2, "last_failure_kind": FailureKind.CERTIFICATE},
    ],
    ids=["off", "pop3", "paused", "never worked", "waiting", "refused", "certificate"],
)
def test_what_cannot_be_watched_is_not_claimed(tenant: Tenant, unlike: dict[str, Any]) -> None:
    make_watchable(tenant, 993, **unlike)

    assert watcher().claim(10) == []


def test_a_server_of_a_mailbox_that_is_switched_off_is_not_claimed(tenant: Tenant) -> None:
    server = make_watchable(tenant, 993)
    type(server.mailbox).objects.filter(pk=server.mailbox_id).update(is_active=False)

    assert watcher().claim(10) == []


@pytest.mark.parametrize(
    "like",
    [
        {"failure_count": 2, "last_failure_kind": FailureKind.TRANSIENT},
        {"supports_idle": False, "watch_not_before": clock.now() - timedelta(seconds=1)},
    ],
    ids=["after a failure that passes", "asked again"],
)
def test_what_may_work_again_is_claimed(tenant: Tenant, like: dict[str, Any]) -> None:
    server = make_watchable(tenant, 993, **like)

    assert pks(watcher().claim(10)) == {server.pk}


def test_the_limit_per_host_holds_over_all_processes_and_keeps_no_other_host_back(
    tenant: Tenant, settings: Settings
) -> None:
    settings.WATCH_PER_HOST = 2
    for _ in range(4):
        make_watchable(tenant, 993, host="IMAP.Big.example")
    other = make_watchable(tenant, 993, host="imap.small.example")
    first, second = watcher(), watcher()

    claimed = first.claim(1) + second.claim(10)

    assert sorted(server.host for server in claimed) == ["IMAP.Big.example"] * 2 + [other.host]
    assert second.claim(10) == []


def test_the_limit_per_tenant_leaves_room_for_other_tenants(tenant: Tenant, settings: Settings) -> None:
    settings.WATCH_PER_TENANT = 2
    for _ in range(4):
        make_watchable(tenant, 993)
    other = make_watchable(make_tenant("Globex"), 993)
    process = watcher()

    claimed = process.claim(2) + process.claim(2)

    assert [server.tenant_id for server in claimed] == [tenant.pk, tenant.pk, other.tenant_id]


def test_an_account_that_two_tenants_have_is_held_once(tenant: Tenant) -> None:
    account = {"host": "imap.acme.example", "username": "info"}
    make_watchable(tenant, 993, **account)
    make_watchable(make_tenant("Globex"), 993, **account)

    first, second = watcher().claim(1), watcher().claim(2)

    assert len(first) == 1
    assert second == []


def test_renewing_tells_what_is_still_ours(tenant: Tenant) -> None:
    kept, off, moved = (make_watchable(tenant, 993) for _ in range(3))
    process = watcher()
    prints = {server.pk: leases.print_of(server) for server in process.claim(10)}
    IncomingServer.objects.filter(pk=off.pk).update(is_active=False)
    IncomingServer.objects.filter(pk=moved.pk).update(host="imap.new.example")

    ours = process.renew()

    assert ours[kept.pk] == prints[kept.pk]
    assert off.pk not in ours
    assert ours[moved.pk] != prints[moved.pk]


def test_renewing_makes_leases_longer(tenant: Tenant) -> None:
    server = make_watchable(tenant, 993)
    process = watcher()
    process.claim(1)
    let_leases_lapse()

    process.renew()

    [lease] = IncomingServer.objects.filter(pk=server.pk).values_list("watch_lease_until", flat=True)
    assert lease > clock.now() + LEASE / 2


def test_a_lapsed_lease_is_lost_to_whoever_claims_and_the_loser_learns_it(tenant: Tenant) -> None:
    make_watchable(tenant, 993)
    dead, heir = watcher(), watcher()
    dead.claim(1)
    let_leases_lapse()

    inherited = heir.claim(1)

    assert len(inherited) == 1
    assert dead.renew() == {}
    assert len(heir.renew()) == 1


def test_servers_whose_process_died_are_polled_as_usual(tenant: Tenant) -> None:
    now = clock.now()
    server = make_watchable(
        tenant, 993, last_polled_at=now - timedelta(seconds=50), next_poll_at=now + timedelta(minutes=4)
    )
    process = watcher()
    process.claim(1)
    process.begin_watch([server.pk])

    too_early = leases.end_lapsed(), IncomingServer.objects.claim_due(now)
    let_leases_lapse()
    in_time = leases.end_lapsed(), IncomingServer.objects.claim_due(now)

    assert too_early == (0, [])
    assert (in_time[0], pks(in_time[1])) == (1, {server.pk})
    assert not server.refreshed().is_watched


def test_who_waits_after_a_failure_goes_on_waiting_when_the_watch_ends(tenant: Tenant) -> None:
    later = clock.now() + timedelta(minutes=30)
    server = make_watchable(
        tenant, 993, failure_count=6, last_polled_at=clock.now() - timedelta(minutes=20), next_poll_at=later
    )
    process = watcher()
    process.claim(1)

    process.give_back([server.pk])

    assert server.refreshed().next_poll_at == later


def test_a_setback_is_waited_out(tenant: Tenant) -> None:
    server = make_watchable(tenant, 993)
    process = watcher()
    process.claim(1)

    process.set_back([Setback(server.pk, failure_count=3, pause=timedelta(minutes=1))])

    assert process.claim(1) == []
    assert server.refreshed().watch_failure_count == 3
    IncomingServer.objects.update(watch_not_before=Now() - timedelta(seconds=1))
    assert len(process.claim(1)) == 1


def test_a_process_writes_nothing_about_what_it_does_not_hold(tenant: Tenant) -> None:
    server = make_watchable(tenant, 993)
    owner, other = watcher(), watcher()
    owner.claim(1)
    owner.begin_watch([server.pk])
    before = server.refreshed()

    other.set_back([Setback(server.pk, failure_count=9, pause=timedelta(hours=1))])
    other.give_up([server.pk])
    other.give_back([server.pk])
    other.begin_watch([server.pk])
    other.end()

    after = server.refreshed()
    assert after.is_watched
    assert (after.watch_failure_count, after.watch_not_before) == (0, None)
    assert after.watched_since == before.watched_since


def test_processes_share_equally(tenant: Tenant) -> None:
    for _ in range(9):
        make_watchable(tenant, 993)
    first = watcher()
    alone = first.share()

    second = watcher()

    assert alone == 1000
    assert (first.share(), second.share()) == (5, 5)
    second.end()
    assert first.share() == 1000


def test_a_process_that_is_silent_has_no_share(tenant: Tenant) -> None:
    for _ in range(4):
        make_watchable(tenant, 993)
    first, _silent = watcher(), watcher()
    Heartbeat.objects.update(beat_at=Now() - timedelta(minutes=1))
    first.announce()

    assert first.share() == 1000


@pytest.mark.parametrize(("is_watched", "seconds"), [(True, 300), (False, 45)])
def test_a_watched_server_is_polled_every_five_minutes(tenant: Tenant, is_watched: bool, seconds: int) -> None:
    server = make_watchable(tenant, 993)
    if is_watched:
        process = watcher()
        process.claim(1)
        process.begin_watch([server.pk])
    now = clock.now()
    [claimed] = IncomingServer.objects.claim_due(now)
    assert claimed.poll_token is not None

    claimed.end_poll(claimed.poll_token, now=now, more=False)

    assert server.refreshed().next_poll_at == now + timedelta(seconds=seconds)


def test_a_poll_that_was_asked_for_while_one_ran_comes_right_after_it(tenant: Tenant) -> None:
    make_watchable(tenant, 993)
    [claimed] = IncomingServer.objects.claim_due(clock.now())
    assert claimed.poll_token is not None
    asked_at = clock.now()
    IncomingServer.objects.update(next_poll_at=asked_at)

    claimed.end_poll(claimed.poll_token, now=clock.now(), more=False)

    assert len(IncomingServer.objects.claim_due(clock.now())) == 1
