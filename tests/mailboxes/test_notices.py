"""Owners and administrators are told once of what waits for them."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from pytest_django import Settings

from mailboxes import notices
from mailboxes.models import Alarm, Mailbox
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer
from servers.standing import PauseReason
from tests.factories import make_incoming, make_mailbox, make_outgoing, make_person, make_tenant


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def mailbox(tenant: Tenant) -> Mailbox:
    return make_mailbox(tenant, "Support")


@pytest.fixture
def in_charge(tenant: Tenant) -> set[str]:
    """Addresses of those who are told; a member, a person who left and a stranger are there too."""
    people = [make_person(tenant, Role.OWNER), make_person(tenant, Role.ADMINISTRATOR)]
    make_person(tenant, Role.MEMBER)
    Membership.objects.filter(pk=make_person(tenant, Role.OWNER).pk).update(is_active=False)
    make_person(make_tenant("Globex"), Role.OWNER)
    return {person.user.email for person in people}


def _tell() -> list[EmailMultiAlternatives]:
    mail.outbox.clear()
    with unscoped("a test tells all tenants"):
        notices.tell(now=clock.now())
    return [one for one in mail.outbox if isinstance(one, EmailMultiAlternatives)]


def _refuse_for_days(server: IncomingServer) -> None:
    now = clock.now()
    token = new_id()
    with unscoped("a test lets days pass"):
        IncomingServer.objects.filter(pk=server.pk).update(poll_token=token, refused_since=now - timedelta(days=4))
        words = "[AUTHENTICATIONFAILED] <b>Invalid</b> credentials"
        server.fail_poll(token, ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, words), now=now)


def test_everyone_in_charge_gets_one_mail_of_a_pause_and_nobody_else(mailbox: Mailbox, in_charge: set[str]) -> None:
    _refuse_for_days(make_incoming(mailbox))

    told = _tell()

    assert {one.to[0] for one in told} == in_charge
    assert len(told) == len(in_charge)
    assert _tell() == []


def test_the_mail_says_what_happened_in_the_servers_words_what_to_do_and_where(
    mailbox: Mailbox, in_charge: set[str], settings: Settings
) -> None:
    settings.SITE_URL = "https://mail.example.com"
    _refuse_for_days(make_incoming(mailbox))

    told = _tell()[0]
    html = str(told.alternatives[0][0])

    assert told.subject == "No mail is fetched for Support: imap.acme.example is paused"
    assert "[AUTHENTICATIONFAILED] <b>Invalid</b> credentials" in told.body
    assert "Enter the password again." in told.body
    assert f"https://mail.example.com/mailboxes/{mailbox.pk}/" in told.body
    assert "&lt;b&gt;Invalid&lt;/b&gt;" in html
    assert f'href="https://mail.example.com/mailboxes/{mailbox.pk}/"' in html


def test_a_pause_after_a_resumed_one_is_told_again(mailbox: Mailbox, in_charge: set[str]) -> None:
    server = make_outgoing(mailbox)
    with tenant_scope(mailbox.tenant_id):
        server.pause(PauseReason.CERTIFICATE, now=clock.now())
    assert len(_tell()) == 2

    with tenant_scope(mailbox.tenant_id):
        server.try_again(now=clock.now())
        server.pause(PauseReason.CERTIFICATE, now=clock.now())

    told = _tell()
    assert len(told) == 2
    assert told[0].subject == "No mail is sent from Support: smtp.acme.example is paused"


def test_alarms_of_one_look_are_one_mail_and_are_told_once(tenant: Tenant, in_charge: set[str]) -> None:
    with tenant_scope(tenant.pk):
        for name in ("Sales", "Support"):
            Alarm.objects.create(
                tenant=tenant,
                mailbox=make_mailbox(tenant, name),
                kind=Alarm.Kind.SENDS_UNSENT,
                words="Mail to 2 recipients waits.",
                raised_at=clock.now(),
            )

    told = _tell()

    assert {one.to[0] for one in told} == in_charge
    assert len(told) == 2
    assert "- Sales: Mail to 2 recipients waits." in told[0].body
    assert "- Support: Mail to 2 recipients waits." in told[0].body
    assert _tell() == []


def test_an_alarm_that_ended_before_anybody_was_told_is_not_told(tenant: Tenant, in_charge: set[str]) -> None:
    with tenant_scope(tenant.pk):
        Alarm.objects.create(
            tenant=tenant,
            mailbox=make_mailbox(tenant),
            kind=Alarm.Kind.NOTHING_FETCHED,
            raised_at=clock.now(),
            cleared_at=clock.now(),
        )

    assert _tell() == []


def test_a_mail_that_does_not_go_out_is_not_marked_as_told(
    mailbox: Mailbox, in_charge: set[str], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_incoming(mailbox)
    _refuse_for_days(server)
    settings.EMAIL_BACKEND = "mailboxes.system_mail.OutboxEmailBackend"

    # There is no platform yet that could send it.
    assert _tell() == []

    with tenant_scope(mailbox.tenant_id):
        assert server.refreshed().told_at is None
    assert "Nobody could be told" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(_tell()) == 2


@pytest.fixture
def paused(transactional_db: None) -> IncomingServer:
    tenant = make_tenant("Acme")
    make_person(tenant, Role.OWNER)
    server = make_incoming(make_mailbox(tenant, "Support"))
    _refuse_for_days(server)
    return server


def test_two_workers_that_look_at_the_same_moment_tell_once(paused: IncomingServer) -> None:
    mail.outbox.clear()
    both_are_there = threading.Barrier(2)

    def work() -> None:
        with unscoped("a worker tells all tenants"):
            untold = list(IncomingServer.objects.filter(told_at=None).select_related("mailbox"))
            both_are_there.wait(10)
            for server in untold:
                notices.tell_of_pause(server, now=clock.now())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    assert len(mail.outbox) == 1
