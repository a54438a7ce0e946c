"""A whole watcher on the database, with scripted servers: good ones, broken ones and hostile ones."""

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from mailhub import clock
from mailhub.lib.secret import Secret
from mailhub.pulse.models import Heartbeat
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Security
from servers.models import IncomingServer
from tests.factories import make_tenant
from tests.servers.scripted import Answer, Conversation, Script, ScriptedServer, imap, scripted_server
from tests.servers.watching.watched import (
    FakeBells,
    Idler,
    make_watchable,
    row_of,
    wait_until,
    watching,
    with_idle,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def idler() -> Idler:
    return Idler()


@pytest.fixture
def good_server(idler: Idler, settings: Settings) -> Iterator[ScriptedServer]:
    with scripted_server(imap(with_idle(idler)), settings) as server:
        yield server


def test_a_watched_server_is_polled_once_at_first_and_again_for_each_news(
    tenant: Tenant, good_server: ScriptedServer, idler: Idler
) -> None:
    server = make_watchable(tenant, good_server.port)
    bells = FakeBells()

    with watching(bells):
        bells.wait_for(server, count=1)
        idler.say("* 2 EXISTS")
        bells.wait_for(server, count=2)
        idler.say("* 1 RECENT")
        idler.say("* 3 EXISTS")
        bells.wait_for(server, count=3)
        row = row_of(server)

    assert row.is_watched
    assert row.supports_idle
    assert row.watch_failure_count == 0


def test_the_folder_is_opened_for_reading_only(tenant: Tenant, good_server: ScriptedServer, idler: Idler) -> None:
    make_watchable(tenant, good_server.port)

    with watching(FakeBells()):
        assert idler.is_idling.wait(15)

    assert b"EXAMINE" in good_server.heard
    assert b"SELECT" not in good_server.heard


def test_a_watcher_that_stops_says_goodbye_and_gives_everything_back(
    tenant: Tenant, good_server: ScriptedServer, idler: Idler
) -> None:
    server = make_watchable(tenant, good_server.port)
    bells = FakeBells()

    with watching(bells):
        bells.wait_for(server, count=1)
    row = row_of(server)

    assert b"DONE\r\nW0 LOGOUT\r\n" in good_server.heard
    assert row.watch_token is None
    assert row.watch_lease_until is None
    assert not row.is_watched
    assert not Heartbeat.objects.filter(name__startswith="watch:").exists()


def test_a_server_that_is_switched_off_is_dropped(tenant: Tenant, good_server: ScriptedServer, idler: Idler) -> None:
    server = make_watchable(tenant, good_server.port)
    bells = FakeBells()

    with watching(bells) as watcher:
        bells.wait_for(server, count=1)
        with tenant_scope(tenant.pk):
            IncomingServer.objects.filter(pk=server.pk).update(is_active=False)
        wait_until(lambda: watcher.connection_count == 0)
        has_left = idler.has_left.wait(15)
        wait_until(lambda: row_of(server).watch_token is None)

    assert has_left
    assert not row_of(server).is_watched


def test_a_server_whose_password_was_changed_is_connected_anew(
    tenant: Tenant, good_server: ScriptedServer, idler: Idler
) -> None:
    server = make_watchable(tenant, good_server.port)
    bells = FakeBells()

    with watching(bells):
        bells.wait_for(server, count=1)
        with tenant_scope(tenant.pk):
            server.password = Secret("another")
            server.save(update_fields=["password"])
        bells.wait_for(server, count=2)

    assert b'"another"' in good_server.heard


def test_a_server_that_is_added_is_watched_soon(tenant: Tenant, good_server: ScriptedServer) -> None:
    bells = FakeBells()

    with watching(bells):
        server = make_watchable(tenant, good_server.port)
        bells.wait_for(server, count=1)

    assert row_of(server).supports_idle


def test_a_server_without_idle_is_polled_and_not_asked_again_for_a_day(tenant: Tenant, settings: Settings) -> None:
    with scripted_server(imap(), settings) as plain:
        server = make_watchable(tenant, plain.port)

        with watching(FakeBells()):
            wait_until(lambda: row_of(server).supports_idle is False)
        row = row_of(server)

    assert row.watch_token is None
    assert row.watch_failure_count == 0
    assert row.watch_not_before is not None
    assert (row.watch_not_before - clock.now()).total_seconds() > 23 * 3600
    assert plain.connection_count == 1


def test_a_server_that_comes_back_is_connected_again_and_polled(tenant: Tenant, settings: Settings) -> None:
    idler = Idler()

    def hang_up_once(conversation: Conversation, tag: str) -> None:
        if server_side.connection_count == 1:
            conversation.say("+ idling", "* BYE restarting")
            conversation.close()
        else:
            idler(conversation, tag)

    with scripted_server(imap(with_idle(hang_up_once)), settings) as server_side:
        server = make_watchable(tenant, server_side.port)
        bells = FakeBells()

        with watching(bells):
            assert idler.is_idling.wait(15)
            bells.wait_for(server, count=2)
            idler.say("* 9 EXISTS")
            bells.wait_for(server, count=3)


def _talk_without_end(conversation: Conversation, _tag: str) -> None:
    conversation.say("+ idling")
    while True:
        conversation.send(b"*" * 65536)


def _count_without_end(conversation: Conversation, _tag: str) -> None:
    conversation.say("+ idling")
    count = 0
    while True:
        conversation.say(*[f"* {number} EXISTS" for number in range(count, count + 1000)])
        count += 1000


def _leave_at_once(conversation: Conversation, _tag: str) -> None:
    conversation.say("+ idling", "* BYE go away")


def _close_at_once(conversation: Conversation, _tag: str) -> None:
    conversation.say("+ idling")
    conversation.close()


def _end_at_once(conversation: Conversation, tag: str) -> None:
    conversation.say("+ idling", f"{tag} OK that was enough")


def _reset_at_once(conversation: Conversation, _tag: str) -> None:
    conversation.say("+ idling")
    conversation.reset()


def _refuse(conversation: Conversation, tag: str) -> None:
    conversation.say(f"{tag} NO not today")


HOSTILE: dict[str, Answer] = {
    "endless line": _talk_without_end,
    "flood of EXISTS": _count_without_end,
    "BYE": _leave_at_once,
    "closes": _close_at_once,
    "ends IDLE": _end_at_once,
    "resets": _reset_at_once,
    "refuses IDLE": _refuse,
}


def _scripts() -> dict[str, tuple[Script, Security]]:
    idle = with_idle(Idler())
    plain: dict[str, tuple[Script, Security]] = {
        name: (imap(with_idle(answer)), Security.NONE) for name, answer in HOSTILE.items()
    }
    return {
        **plain,
        "STARTTLS stripped": (imap(idle), Security.STARTTLS),
        "PREAUTH": (imap(idle, greeting="* PREAUTH come in"), Security.NONE),
        "no IMAP": (lambda conversation: conversation.say("220 mx.example ESMTP"), Security.NONE),
        "sign-in refused": (imap({**idle, "LOGIN": ["{tag} NO [AUTHENTICATIONFAILED] no"]}), Security.NONE),
    }


def is_left_alone(server: IncomingServer) -> bool:
    row = row_of(server)
    return row.watch_failure_count > 0 and row.watch_not_before is not None


def test_hostile_servers_are_dropped_and_left_alone_and_the_others_are_noticed(
    tenant: Tenant, good_server: ScriptedServer, idler: Idler, settings: Settings
) -> None:
    good, bells = make_watchable(tenant, good_server.port), FakeBells()
    with ExitStack() as stack:
        hostile = {}
        for name, (script, security) in _scripts().items():
            side = stack.enter_context(scripted_server(script, settings))
            hostile[name] = make_watchable(tenant, side.port, security=security)

        stack.enter_context(watching(bells))
        bells.wait_for(good, count=1)
        idler.say("* 5 EXISTS")
        bells.wait_for(good, count=2)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: all(is_left_alone(server) for server in hostile.values()))
        assert [name for name, server in hostile.items() if not is_left_alone(server)] == []
        idler.say("* 6 EXISTS")
        bells.wait_for(good, count=3)

    assert row_of(good).watch_failure_count == 0


def test_a_server_that_stalls_does_not_keep_the_watcher_from_stopping(tenant: Tenant, settings: Settings) -> None:
    def say_nothing(conversation: Conversation) -> None:
        conversation.hear_until_end()

    with scripted_server(say_nothing, settings) as silent:
        server = make_watchable(tenant, silent.port)

        with watching(FakeBells()):
            wait_until(lambda: silent.connection_count == 1)
        row = row_of(server)

    assert row.watch_token is None
