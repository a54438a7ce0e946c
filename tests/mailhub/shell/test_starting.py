"""The first steps say what is true of the servers, for each direction."""

from typing import Any

import pytest
from django.test import Client

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
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


def open_steps(browser: Client) -> list[str]:
    return [step.name for step in browser.get("/start/").context["steps"] if not step.is_done]


def test_all_is_done_when_both_directions_work(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    make_outgoing(cast.mailbox, **working())

    page = owner.get("/start/").content.decode()

    assert "All done: mail comes in and goes out." in page


@pytest.mark.parametrize(
    "outgoing",
    [{}, {"last_success_at": clock.now(), "failure_count": 2}, {"failure_count": 1}],
    ids=["never tried", "failing since", "failing"],
)
def test_outgoing_server_that_does_not_work_is_an_open_step(
    owner: Client, cast: Cast, outgoing: dict[str, Any]
) -> None:
    make_incoming(cast.mailbox, **working())
    make_outgoing(cast.mailbox, **outgoing)

    assert open_steps(owner) == ["outgoing"]
    assert "All done" not in owner.get("/start/").content.decode()


def test_mailbox_that_only_receives_needs_no_outgoing_server(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())

    assert open_steps(owner) == []
    assert "All done: mail comes in." in owner.get("/start/").content.decode()


def test_server_of_an_inactive_mailbox_does_not_count(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(is_active=False)

    assert open_steps(owner) == ["incoming"]


def test_steps_begin_anew_when_the_mailbox_is_deleted(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, **working())
    make_outgoing(cast.mailbox, **working())
    with tenant_scope(cast.tenant.pk):
        cast.mailbox.delete()

    assert open_steps(owner) == ["mailbox", "incoming", "outgoing", "message"]
