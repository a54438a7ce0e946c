"""SPEC M16: what the page that adds a mailbox learns from an address alone."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailboxes.models import Mailbox
from servers.throttling import TESTS_PER_MINUTE
from tests.mailhub.lib.name_servers import name_server

pytestmark = pytest.mark.usefixtures("scope")

DISCOVERY = reverse("mailboxes:discovery")


def _fields(answer: Any, direction: str) -> list[dict[str, str]]:
    return [json.loads(server.fields) for server in answer.context["servers"] if server.direction == direction]


def test_servers_of_a_known_provider_are_proposed_with_its_particulars(owner: Client) -> None:
    answer = owner.post(DISCOVERY, {"address": "ada@gmail.com"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert _fields(answer, "incoming")[0] == {
        "incoming-protocol": "imap",
        "incoming-security": "tls",
        "incoming-host": "imap.gmail.com",
        "incoming-port": "993",
        "incoming-username": "ada@gmail.com",
    }
    assert [one["incoming-protocol"] for one in _fields(answer, "incoming")] == ["imap", "pop3"]
    assert _fields(answer, "outgoing")[0]["outgoing-host"] == "smtp.gmail.com"
    assert "app password" in text
    assert "From our own list of providers." in text


def test_a_domain_with_a_known_provider_is_recognised(owner: Client, settings: Settings) -> None:
    with name_server({"acme.example MX": ["1 in1-smtp.messagingengine.com."]}, settings):
        answer = owner.post(DISCOVERY, {"address": "ada@acme.example"})

    assert "<strong>Fastmail</strong> keeps the mail of acme.example" in answer.content.decode()
    assert _fields(answer, "incoming")[0]["incoming-username"] == "ada@acme.example"


def test_a_provider_without_servers_is_explained(owner: Client) -> None:
    answer = owner.post(DISCOVERY, {"address": "ada@proton.me"})

    assert answer.context["servers"] == []
    assert "Bridge" in answer.content.decode()


def test_nothing_is_saved(owner: Client) -> None:
    before = Mailbox.objects.count()

    owner.post(DISCOVERY, {"address": "ada@gmail.com", "name": "Helpdesk"})

    assert Mailbox.objects.count() == before


@pytest.mark.parametrize("address", ["", "ada", "ada@", "ada@[127.0.0.1]", "a\0@gmail.com", "x" * 300 + "@gmail.com"])
def test_what_is_no_address_is_not_asked_about(owner: Client, address: str) -> None:
    answer = owner.post(DISCOVERY, {"address": address})

    assert answer.status_code == 422
    assert answer.content.strip() == b""


def test_the_eleventh_in_a_minute_is_refused(owner: Client) -> None:
    for _ in range(TESTS_PER_MINUTE):
        owner.post(DISCOVERY, {"address": "ada@gmail.com"})

    answer = owner.post(DISCOVERY, {"address": "ada@gmail.com"})

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"


def test_members_may_not_search(member: Client) -> None:
    assert member.post(DISCOVERY, {"address": "ada@gmail.com"}).status_code == 403
