"""SPEC M29: the page that explains what the domain of a sender publishes."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from servers.models import OutgoingServer
from servers.throttling import TESTS_PER_MINUTE
from tests.factories import Cast, make_outgoing
from tests.mailhub.lib.name_servers import SERVFAIL, name_server

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, host="smtp.migadu.com", from_address="support@acme.example")


@pytest.fixture
def url(server: OutgoingServer) -> str:
    return reverse("mailboxes:outgoing-health", args=[server.mailbox_id, server.pk])


def test_opening_the_page_asks_nothing(owner: Client, url: str, settings: Settings) -> None:
    with name_server({}, settings) as names:
        answer = owner.get(url)

    assert answer.status_code == 200
    assert "Check now" in answer.content.decode()
    assert names.asked == []


def test_what_is_missing_can_be_copied(owner: Client, url: str, settings: Settings) -> None:
    with name_server({}, settings):
        answer = owner.post(url)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-copy="v=spf1 include:spf.migadu.com ~all"' in text
    assert 'data-copy="key1.acme.example._domainkey.migadu.com"' in text
    assert "_dmarc.acme.example" in text
    assert text.count("Missing") == 3


def test_what_is_there_is_shown_and_explained(owner: Client, url: str, settings: Settings) -> None:
    records = {
        "acme.example TXT": ['"v=spf1 include:spf.migadu.com -all"'],
        "spf.migadu.com TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"'],
        "_dmarc.acme.example TXT": ['"v=DMARC1; p=reject; rua=mailto:r@acme.example"'],
    }
    with name_server(records, settings):
        answer = owner.post(url)

    text = answer.content.decode()
    assert "v=spf1 include:spf.migadu.com -all" in text
    assert "covers Migadu" in text
    assert text.count("Good") == 2


def test_what_was_not_seen_is_said_to_be_unknown(owner: Client, url: str, settings: Settings) -> None:
    records = {f"{name}acme.example TXT": SERVFAIL for name in ("", "_dmarc.", "mine._domainkey.")}
    with name_server(records, settings):
        answer = owner.post(url, {"selector": "mine"})

    assert answer.content.decode().count("Not known") == 3


def test_the_answer_to_a_script_is_the_result_alone(owner: Client, url: str, settings: Settings) -> None:
    with name_server({}, settings):
        answer = owner.post(url, headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()


def test_a_record_is_shown_as_text(owner: Client, url: str, settings: Settings) -> None:
    with name_server({"acme.example TXT": ['"v=spf1 <script>alert(1)</script> ~all"']}, settings):
        answer = owner.post(url)

    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("selector", ["a b", "x._domainkey.acme.example/", "-", "a..b", "é"])
def test_a_selector_that_is_none_is_refused(owner: Client, url: str, settings: Settings, selector: str) -> None:
    with name_server({}, settings) as names:
        answer = owner.post(url, {"selector": selector})

    assert answer.status_code == 422
    assert names.asked == []


def test_members_may_check(member: Client, url: str, settings: Settings) -> None:
    with name_server({}, settings):
        answer = member.post(url)

    assert answer.status_code == 200


def test_the_server_of_another_tenant_is_not_there(stranger: Client, url: str) -> None:
    assert stranger.get(url).status_code == 404
    assert stranger.post(url).status_code == 404


def test_too_many_checks_are_refused(owner: Client, url: str, settings: Settings) -> None:
    with name_server({}, settings):
        for _ in range(TESTS_PER_MINUTE):
            owner.post(url)
        answer = owner.post(url)

    assert answer.status_code == 429
    assert "Too many checks" in answer.content.decode()
