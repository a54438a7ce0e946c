"""The page of a mailbox stays true while it is open."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from tests.factories import Cast, make_incoming, make_outgoing

pytestmark = pytest.mark.usefixtures("scope")


def page_of(browser: Client, mailbox: Mailbox, **headers: str) -> str:
    return browser.get(reverse("mailboxes:mailbox-detail", args=[mailbox.pk]), headers=headers).content.decode()


@pytest.mark.parametrize(
    ("condition", "pause"),
    [
        ({}, "every 3s"),
        ({"last_success_at": clock.now()}, "every 3s"),
        ({"last_success_at": clock.now(), "next_poll_at": clock.now() + timedelta(hours=1)}, "every 20s"),
        ({"failure_count": 3, "next_poll_at": clock.now() + timedelta(hours=1)}, "every 20s"),
        ({"is_active": False}, "every 20s"),
    ],
    ids=["never tried", "fetch was asked for", "works", "fails", "switched off"],
)
def test_page_asks_again_soon_only_while_a_poll_is_awaited(
    owner: Client, cast: Cast, condition: dict[str, Any], pause: str
) -> None:
    make_incoming(cast.mailbox, **condition)

    assert pause in page_of(owner, cast.mailbox)


def test_answer_to_the_page_that_asks_again_is_the_servers_alone(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox, last_success_at=clock.now())
    outgoing = make_outgoing(cast.mailbox)

    fragment = page_of(owner, cast.mailbox, **{"HX-Request": "true"})

    assert "<html" not in fragment
    assert 'id="incoming-state"' in fragment
    assert f'id="outgoing-state-{outgoing.pk}"' in fragment


def test_nobody_else_sees_how_the_servers_are_doing(stranger: Client, cast: Cast) -> None:
    url = reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])

    assert stranger.get(url, headers={"HX-Request": "true"}).status_code == 404
