"""Alarms: what would else stay silent is raised once, and ends by itself."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes import alarms
from mailboxes.models import Alarm, Delivery, Mailbox, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from servers.failures import FailureKind
from servers.models import OutgoingServer
from servers.standing import PauseReason
from tests.factories import make_incoming, make_mailbox, make_outgoing, make_tenant

pytestmark = pytest.mark.django_db

NOW = clock.now()
LONG_AGO, JUST_NOW = NOW - timedelta(minutes=16), NOW - timedelta(minutes=14)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def mailbox(tenant: Tenant) -> Mailbox:
    return make_mailbox(tenant, "Support")


def _look() -> list[tuple[uuid.UUID, str]]:
    """Look once and return the open alarms."""
    with unscoped("a test looks at all tenants"):
        alarms.look(now=NOW)
        return list(Alarm.objects.filter(cleared_at=None).values_list("mailbox_id", "kind"))


def _wait_for(
    server: OutgoingServer, recipients: int = 1, *, origin: str = OutgoingMessage.Origin.PERSON, **fields: Any
) -> None:
    message = OutgoingMessage(
        tenant_id=server.tenant_id,
        mailbox_id=server.mailbox_id,
        server=server,
        origin=origin,
        message_id=f"<{uuid.uuid4()}@example.com>",
        from_address="support@example.com",
        size=10,
        created_at=NOW,
    )
    with unscoped("a test fills an outbox"):
        message.save()
        Delivery.objects.bulk_create(
            Delivery(
                tenant_id=server.tenant_id,
                outgoing_message=message,
                server=server,
                recipient=f"reader{number}@customers.example",
                **{"not_before": LONG_AGO, **fields},
            )
            for number in range(recipients)
        )


def test_a_server_that_nobody_asked_for_a_quarter_of_an_hour_raises_an_alarm_once(mailbox: Mailbox) -> None:
    make_incoming(mailbox, next_poll_at=LONG_AGO, last_success_at=LONG_AGO)

    assert _look() == [(mailbox.pk, Alarm.Kind.NOTHING_FETCHED)]
    assert _look() == [(mailbox.pk, Alarm.Kind.NOTHING_FETCHED)]
    with unscoped("a test counts"):
        assert "imap.acme.example" in Alarm.objects.get().words


@pytest.mark.parametrize(
    "fields",
    [
        {"next_poll_at": JUST_NOW},
        {"is_active": False},
        {"paused_at": LONG_AGO, "pause_reason": PauseReason.PLAN},
        {"failure_count": 3, "last_failure_kind": FailureKind.TRANSIENT, "failing_since": LONG_AGO},
        {"failure_count": 3, "last_failure_kind": FailureKind.SIGN_IN_REFUSED, "failing_since": LONG_AGO},
    ],
    ids=["due for a short time", "switched off", "paused", "not reached", "refused"],
)
def test_what_the_state_of_the_server_says_already_is_no_alarm(mailbox: Mailbox, fields: dict[str, Any]) -> None:
    make_incoming(mailbox, **{"next_poll_at": LONG_AGO, **fields})

    assert _look() == []


def test_a_mailbox_that_is_not_active_raises_none(tenant: Tenant) -> None:
    mailbox = make_mailbox(tenant, is_active=False)
    make_incoming(mailbox, next_poll_at=LONG_AGO)
    _wait_for(make_outgoing(mailbox))

    assert _look() == []


def test_errors_of_our_own_in_each_poll_raise_an_alarm(mailbox: Mailbox) -> None:
    own = {"failure_count": 9, "last_failure_kind": FailureKind.INTERNAL, "next_poll_at": NOW}
    server = make_incoming(mailbox, failing_since=JUST_NOW, **own)
    assert _look() == []

    with unscoped("a test lets time pass"):
        type(server).objects.update(failing_since=LONG_AGO)

    assert _look() == [(mailbox.pk, Alarm.Kind.NOTHING_FETCHED)]


def test_mail_that_waits_at_a_server_that_could_send_raises_an_alarm(mailbox: Mailbox) -> None:
    _wait_for(make_outgoing(mailbox), recipients=3)

    assert _look() == [(mailbox.pk, Alarm.Kind.SENDS_UNSENT)]
    with unscoped("a test reads"):
        assert "Mail to 3 recipients" in Alarm.objects.get().words


@pytest.mark.parametrize(
    ("server", "delivery"),
    [
        ({}, {"not_before": JUST_NOW}),
        ({}, {"state": Delivery.State.SENT}),
        ({"failure_count": 1}, {}),
        ({"not_before": NOW + timedelta(minutes=1)}, {}),
        ({"last_success_at": JUST_NOW}, {}),
        ({"paused_at": LONG_AGO, "pause_reason": PauseReason.CERTIFICATE}, {}),
        ({"is_active": False}, {}),
    ],
    ids=["short", "sent", "fails", "waits", "works through a backlog", "paused", "switched off"],
)
def test_mail_that_waits_for_a_known_reason_raises_none(
    mailbox: Mailbox, server: dict[str, Any], delivery: dict[str, Any]
) -> None:
    _wait_for(make_outgoing(mailbox, **server), **delivery)

    assert _look() == []


def test_a_probe_that_waits_raises_none(mailbox: Mailbox) -> None:
    _wait_for(make_outgoing(mailbox), origin=OutgoingMessage.Origin.PROBE)

    assert _look() == []


def test_an_alarm_ends_by_itself_and_can_come_again(mailbox: Mailbox) -> None:
    server = make_incoming(mailbox, next_poll_at=LONG_AGO)
    _look()
    with unscoped("a test polls"):
        type(server).objects.update(next_poll_at=NOW)
    assert _look() == []

    with unscoped("a test lets time pass"):
        type(server).objects.update(next_poll_at=LONG_AGO)

    assert _look() == [(mailbox.pk, Alarm.Kind.NOTHING_FETCHED)]
    with unscoped("a test counts"):
        assert Alarm.objects.count() == 2


def test_looking_costs_as_many_queries_for_one_mailbox_as_for_many(
    tenant: Tenant, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        mailbox = make_mailbox(tenant)
        make_incoming(mailbox, next_poll_at=LONG_AGO)
        _wait_for(make_outgoing(mailbox))

    with django_assert_max_num_queries(8), unscoped("a test looks at all tenants"):
        changes = alarms.look(now=NOW)

    assert len(changes.to_raise) == 16
