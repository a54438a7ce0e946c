"""The connection test, against servers on loopback that say what the test wants."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailhub.tenancy.models import Membership
from servers.models import IncomingServer, OutgoingServer
from servers.throttling import TESTS_PER_MINUTE
from tests.factories import Cast, make_incoming, make_outgoing, make_person, signed_in
from tests.mailboxes.setup.typed import SECRET, incoming, mailbox, outgoing
from tests.servers.scripted import Conversation, ScriptedServer, scripted_server

pytestmark = pytest.mark.usefixtures("scope")

UNSAVED_INCOMING = reverse("mailboxes:connection-test-incoming")
UNSAVED_OUTGOING = reverse("mailboxes:connection-test-outgoing")


def pop3(conversation: Conversation) -> None:
    """Let everybody in whose password is not "wrong", and repeat the one that is refused."""
    conversation.say("+OK ready")
    while True:
        command, _, argument = conversation.hear().partition(" ")
        if command.upper() == "CAPA":
            conversation.say("+OK", "USER", "UIDL", ".")
        elif command.upper() == "STAT":
            conversation.say("+OK 2 320")
        elif command.upper() == "PASS" and argument.startswith("pw-"):
            conversation.say(f"-ERR [AUTH] {argument} is not the password")
        else:
            conversation.say("+OK")


def smtp(conversation: Conversation) -> None:
    conversation.say("220 ready")
    while True:
        command = conversation.hear().upper()
        if command.startswith("EHLO"):
            conversation.say("250-ready", "250-AUTH PLAIN", "250 8BITMIME")
        elif command.startswith("AUTH"):
            conversation.say("235 2.7.0 in")
        elif command.startswith("MAIL"):
            conversation.say("250 2.1.0 sender ok")
        else:
            conversation.say("250 ok")


def typed_for(server: ScriptedServer, **changes: str) -> dict[str, str]:
    return incoming(**{"host": "127.0.0.1", "port": str(server.port), "password": "open sesame", **changes})


def states(answer: Any) -> list[str]:
    return [step.state for step in answer.context["steps"]]


def test_unsaved_incoming_server_is_tested_step_by_step(owner: Client, settings: Settings) -> None:
    with scripted_server(pop3, settings) as server:
        answer = owner.post(UNSAVED_INCOMING, typed_for(server), headers={"HX-Request": "true"})

    assert states(answer) == ["ok"] * 5
    assert "It works." in answer.content.decode()
    assert not IncomingServer.objects.exists()


def test_answer_is_a_fragment_for_htmx_and_a_page_without(owner: Client, settings: Settings) -> None:
    with scripted_server(pop3, settings) as server:
        fragment = owner.post(UNSAVED_INCOMING, typed_for(server), headers={"HX-Request": "true"})
        page = owner.post(UNSAVED_INCOMING, typed_for(server))

    assert "<html" not in fragment.content.decode()
    assert "<html" in page.content.decode()


def test_refusal_shows_the_servers_words_without_the_password(owner: Client, settings: Settings) -> None:
    """SECURITY B108."""
    with scripted_server(pop3, settings) as server:
        answer = owner.post(UNSAVED_INCOMING, typed_for(server, password=SECRET))

    text = answer.content.decode()
    assert states(answer) == ["ok", "ok", "ok", "failed", "skipped"]
    assert "is not the password" in text
    assert SECRET not in text


def test_incomplete_form_tries_nothing_and_says_what_is_missing(owner: Client, settings: Settings) -> None:
    with scripted_server(pop3, settings) as server:
        answer = owner.post(UNSAVED_INCOMING, typed_for(server, password=""))

    assert answer.status_code == 422
    assert "Enter the password." in answer.content.decode()
    assert server.connection_count == 0


def test_inner_network_is_refused_without_a_connection(owner: Client, settings: Settings) -> None:
    """SECURITY B001."""
    with scripted_server(pop3, settings) as server:
        settings.EGRESS_ALLOW = []
        answer = owner.post(UNSAVED_INCOMING, typed_for(server, port="110"))

    assert states(answer)[0] == "failed"
    assert server.connection_count == 0


def test_outgoing_server_is_tested_with_the_sign_in_for_receiving(owner: Client, settings: Settings) -> None:
    with scripted_server(smtp, settings) as server:
        same = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "same_sign_in": "on", "username": ""}
        typed = mailbox() | incoming() | outgoing(**{**same, "password": ""})
        answer = owner.post(UNSAVED_OUTGOING, typed)

    assert states(answer) == ["ok"] * 5
    assert not OutgoingServer.objects.exists()


def test_saved_servers_are_tested_as_they_are(owner: Client, cast: Cast, settings: Settings) -> None:
    with scripted_server(pop3, settings) as receiving, scripted_server(smtp, settings) as sending:
        plain = {"host": "127.0.0.1", "security": "none"}
        incoming_server = make_incoming(cast.mailbox, protocol="pop3", port=receiving.port, **plain)
        outgoing_server = make_outgoing(cast.mailbox, port=sending.port, **plain)
        answers = [
            owner.post(reverse("mailboxes:incoming-test", args=[cast.mailbox.pk, incoming_server.pk])),
            owner.post(reverse("mailboxes:outgoing-test", args=[cast.mailbox.pk, outgoing_server.pk])),
        ]

    assert [states(answer) for answer in answers] == [["ok"] * 5, ["ok"] * 5]


def test_stored_password_is_not_tested_against_another_server(owner: Client, cast: Cast, settings: Settings) -> None:
    """SECURITY B100."""
    saved = make_incoming(cast.mailbox, protocol="pop3", username="support@example.com", password="stored")
    with scripted_server(pop3, settings) as server:
        address = reverse("mailboxes:incoming-test", args=[cast.mailbox.pk, saved.pk])
        answer = owner.post(address, typed_for(server, password=""))

    assert answer.status_code == 422
    assert server.connection_count == 0


def test_changes_are_tested_with_the_stored_password_where_it_still_holds(
    owner: Client, cast: Cast, settings: Settings
) -> None:
    with scripted_server(pop3, settings) as server:
        place = {"protocol": "pop3", "host": "127.0.0.1", "port": server.port, "security": "none"}
        saved = make_incoming(cast.mailbox, **place, username="support@example.com", password="stored")
        address = reverse("mailboxes:incoming-test", args=[cast.mailbox.pk, saved.pk])
        answer = owner.post(address, typed_for(server, password="", comments="Changed"))

    assert states(answer) == ["ok"] * 5
    assert b"PASS stored" in bytes(server.heard)
    assert saved.refreshed().comments == ""


def test_eleventh_test_in_a_minute_is_refused_for_this_person_only(
    owner: Client, cast: Cast, settings: Settings
) -> None:
    """SECURITY B016."""
    colleague: Membership = make_person(cast.tenant)
    with scripted_server(pop3, settings) as server:
        typed = typed_for(server)
        answers = [owner.post(UNSAVED_INCOMING, typed) for _ in range(TESTS_PER_MINUTE + 1)]
        of_colleague = signed_in(colleague).post(UNSAVED_INCOMING, typed)

    assert [answer.status_code for answer in answers] == [200] * TESTS_PER_MINUTE + [429]
    assert "Too many tests" in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "60"
    assert of_colleague.status_code == 200
    assert server.connection_count == TESTS_PER_MINUTE + 1


@pytest.mark.parametrize("address", [UNSAVED_INCOMING, UNSAVED_OUTGOING])
def test_members_test_nothing(member: Client, address: str) -> None:
    assert member.post(address, mailbox() | incoming() | outgoing()).status_code == 403


@pytest.mark.parametrize("address", [UNSAVED_INCOMING, UNSAVED_OUTGOING])
def test_nobody_tests_without_signing_in(client: Client, address: str) -> None:
    assert client.post(address, mailbox() | incoming() | outgoing()).status_code == 302
