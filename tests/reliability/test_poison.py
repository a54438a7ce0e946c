"""A message that kills or breaks whatever touches it stops nobody else, and can be replayed (SECURITY B052)."""

import logging

import pytest
from pytest_django import Settings

from mailboxes import receiving, storing
from mailboxes.models import Conversation, Mailbox, Message
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.inbox import Entry, Fetched
from servers.models import Folder
from tests.realservers.mail import MailServers
from tests.reliability.handlers import POISON
from tests.reliability.office import RealOffice, end_receive_lease, lease, make_real_office
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)

_State = Message.State


@pytest.fixture
def office(mail_servers: MailServers) -> RealOffice:
    return make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)


def test_a_message_that_kills_the_worker_is_set_aside_after_three_attempts_and_the_others_pass(
    office: RealOffice, runner: Runner
) -> None:
    ids = office.tenant.pk, office.mailbox.pk
    with tenant_scope(office.tenant.pk):
        _store(office, "One", "Two", POISON, "Four", "Five")

        for _ in range(3):
            assert runner.is_killed("receive", *ids, handlers=["tests.reliability.handlers.kill_the_worker"])
            end_receive_lease(office.mailbox)
        assert runner.run("receive", *ids, handlers=["tests.reliability.handlers.kill_the_worker"]) == 0

        poison = Message.objects.exclude(state=_State.RECEIVED).get()
        assert poison.state == _State.SET_ASIDE
        assert "stopped the worker 3 times" in poison.failure
        assert POISON.encode() in poison.raw()
        assert _received_subjects() == ["Five", "Four", "One", "Two"]
        assert Conversation.objects.count() == 4


def test_a_message_over_which_workers_died_in_the_parser_is_set_aside_and_the_others_pass(
    office: RealOffice, runner: Runner
) -> None:
    ids = office.tenant.pk, office.mailbox.pk
    with tenant_scope(office.tenant.pk):
        _store(office, "Oldest", "Two", "Three")

        for _ in range(3):
            assert runner.is_killed("receive", *ids, failpoint="receive.before_parse")
            end_receive_lease(office.mailbox)
        assert runner.works("receive", *ids)

        assert Message.objects.filter(state=_State.SET_ASIDE).count() == 1
        assert _received_subjects() == ["Three", "Two"]


def test_what_was_set_aside_stays_so_once_however_often_its_mailbox_is_polled(
    office: RealOffice, runner: Runner, settings: Settings
) -> None:
    _break_the_pipeline(settings)
    with tenant_scope(office.tenant.pk):
        office.servers.deliver(office.user.address, _mail(POISON))

        for _ in range(10):
            assert runner.works("poll", office.tenant.pk, office.incoming.pk, lease(office.incoming))
            receiving.receive_waiting(office.mailbox.pk, now=clock.now)

        assert Message.objects.get().state == _State.SET_ASIDE


def test_a_handler_that_raises_leaves_the_message_set_aside_with_its_traceback_and_replay_brings_it_in(
    office: RealOffice, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    pipelines = settings.PIPELINES
    _break_the_pipeline(settings)
    with tenant_scope(office.tenant.pk), caplog.at_level(logging.CRITICAL):
        _store(office, "One", POISON, "Three")

        receiving.receive_waiting(office.mailbox.pk, now=clock.now)

        poison = Message.objects.get(state=_State.SET_ASIDE)
        assert "HandlerBroken: This handler cannot take it." in poison.failure
        assert poison.conversation is None
        assert _received_subjects() == ["One", "Three"]
        assert Conversation.objects.count() == 2

        settings.PIPELINES = pipelines
        receiving.replay(poison)
        receiving.receive_waiting(office.mailbox.pk, now=clock.now)

        replayed = Message.objects.get(pk=poison.pk)
        assert replayed.state == _State.RECEIVED
        assert replayed.failure == ""
        assert replayed.conversation is not None
        assert Conversation.objects.count() == 3


def test_a_reply_to_a_message_whose_handler_raised_does_not_join_what_was_rolled_back(
    office: RealOffice, settings: Settings
) -> None:
    _break_the_pipeline(settings)
    with tenant_scope(office.tenant.pk):
        first = _mail(POISON, message_id="first@customers.example")
        reply = _mail("Reply", in_reply_to="first@customers.example")
        _store_raw(office, first, reply)

        # The worker may fail once over both; the sweep rings again, and each goes alone.
        for _ in range(2):
            _receive_as_a_worker(office.mailbox)

        answer = Message.objects.get(state=_State.RECEIVED)
        assert answer.subject == "Reply"
        assert Conversation.objects.get() == answer.conversation
        assert Message.objects.filter(state=_State.SET_ASIDE).count() == 1


def _break_the_pipeline(settings: Settings) -> None:
    received = [*settings.PIPELINES["received"], "tests.reliability.handlers.fail"]
    settings.PIPELINES = {**settings.PIPELINES, "received": received}


def _receive_as_a_worker(mailbox: Mailbox) -> None:
    try:
        receiving.receive_waiting(mailbox.pk, now=clock.now)
    except Exception:
        logging.getLogger(__name__).exception("The worker failed; the sweep will ring again.")


def _received_subjects() -> list[str]:
    return sorted(Message.objects.filter(state=_State.RECEIVED).values_list("subject", flat=True))


def _store(office: RealOffice, *subjects: str) -> None:
    """Store mail as one window of a poll."""
    _store_raw(office, *(_mail(subject) for subject in subjects))


def _store_raw(office: RealOffice, *raws: bytes) -> None:
    token = lease(office.incoming)
    folder = Folder.objects.create(tenant=office.tenant, server=office.incoming, uidvalidity=1)
    fetched = [Fetched(Entry(str(uid), len(raw), uid=uid), raw) for uid, raw in enumerate(raws, start=1)]
    storing.store(office.incoming, folder, fetched, token=token, now=clock.now())


def _mail(subject: str, *, message_id: str = "", in_reply_to: str = "") -> bytes:
    identifier = message_id or f"{subject.lower()}@customers.example"
    lines = [
        "From: Ada <ada@customers.example>",
        "To: somebody@mail.example",
        f"Subject: {subject}",
        f"Message-ID: <{identifier}>",
        *([f"In-Reply-To: <{in_reply_to}>"] if in_reply_to else []),
        "",
        "Hello.",
        "",
    ]
    return "\r\n".join(lines).encode()
