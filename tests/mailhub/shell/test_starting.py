"""The first steps say what is true of the servers, for each direction."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from mailboxes import reply_checking
from mailboxes.models import Mailbox, ReplyCheck, ReplyProbe
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_incoming, make_outgoing, signed_in


@pytest.fixture
def cast(db: None) -> Cast:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        cast.hidden_mailbox.delete()
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(first_mail_at=clock.now())
    return cast


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def working() -> dict[str, Any]:
    return {"last_success_at": clock.now(), "failure_count": 0}


def check(server: OutgoingServer, state: ReplyProbe.State, *, finished_at: datetime | None) -> None:
    with tenant_scope(server.tenant_id):
        started = reply_checking.start(server, ReplyCheck.Reason.ADDED, now=clock.now())
        started.probes.update(state=state, arrived_at=finished_at)
        ReplyCheck.objects.update(finished_at=finished_at)


def open_steps(browser: Client) -> list[str]:
    return [step.name for step in browser.get("/start/").context["steps"] if not step.is_done]


def test_all_is_done_when_answers_come_back(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    server = make_outgoing(cast.mailbox, **working())
    check(server, ReplyProbe.State.ARRIVED, finished_at=clock.now())

    page = owner.get("/start/").content.decode()

    assert "All done: mail comes in and goes out." in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ReplyProbe.State.WAITING, "It is running."),
        (ReplyProbe.State.MISSING, "It failed: Nothing arrived within 10 minutes."),
    ],
)
def test_reply_check_that_did_not_succeed_is_an_open_step(
    owner: Client, cast: Cast, state: ReplyProbe.State, words: str
) -> None:
    make_incoming(cast.mailbox, **working())
    server = make_outgoing(cast.mailbox, **working())
    check(server, state, finished_at=None if state == ReplyProbe.State.WAITING else clock.now())

    assert open_steps(owner) == ["check"]
    assert words in owner.get("/start/").content.decode()


@pytest.mark.parametrize(
    "outgoing",
    [{"last_success_at": clock.now(), "failure_count": 2}, {"failure_count": 1}],
    ids=["failing since", "failing"],
)
def test_outgoing_server_that_does_not_work_is_an_open_step(
    owner: Client, cast: Cast, outgoing: dict[str, Any]
) -> None:
    make_incoming(cast.mailbox, **working())
    server = make_outgoing(cast.mailbox, **outgoing)
    check(server, ReplyProbe.State.ARRIVED, finished_at=clock.now())

    assert open_steps(owner) == ["check"]
    assert "All done" not in owner.get("/start/").content.decode()


def test_mailbox_that_only_receives_needs_no_reply_check(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())

    assert open_steps(owner) == []
    assert "All done: mail comes in." in owner.get("/start/").content.decode()


def test_mailbox_that_only_sends_needs_no_reply_check(owner: Client, cast: Cast) -> None:
    make_outgoing(cast.mailbox, **working())

    assert open_steps(owner) == []
    assert "All done: mail goes out." in owner.get("/start/").content.decode()


def test_mailbox_without_servers_is_no_working_mailbox(owner: Client, cast: Cast) -> None:
    assert open_steps(owner) == ["check"]
    assert "Nothing can be sent or received until one mailbox is set up and active." in (
        owner.get("/start/").content.decode()
    )


def test_server_of_an_inactive_mailbox_does_not_count(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(is_active=False)

    assert open_steps(owner) == ["check"]
    assert "is not active, so nothing is fetched or sent" in owner.get("/start/").content.decode()


def test_inbox_says_that_no_mailbox_is_active(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(is_active=False)

    assert "No mailbox is active: nothing is sent or received." in owner.get("/inbox/").content.decode()


def test_composer_leads_to_the_first_steps_while_nothing_can_be_sent(owner: Client, cast: Cast) -> None:
    page = owner.get("/compose/").content.decode()

    assert "Nothing can be sent until one mailbox is set up and active." in page
    assert "Steps to the first message" in page


def test_steps_begin_anew_when_the_mailbox_is_deleted(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    make_outgoing(cast.mailbox, **working())
    with tenant_scope(cast.tenant.pk):
        cast.mailbox.delete()

    assert open_steps(owner) == ["mailbox", "check", "message"]
