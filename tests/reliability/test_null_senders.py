"""Automatic mail goes out with the null sender, and with our own address where a server refuses that (SECURITY TC9)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from pytest_django import Settings

from mailboxes import delivering, outbox
from mailboxes.addresses import Address
from mailboxes.composing import Composition
from mailboxes.identifiers import new_message_id
from mailboxes.models import Delivery, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.reliability.office import Office, make_office
from tests.servers.scripted import Answer, ScriptedServer, scripted_server, smtp

pytestmark = pytest.mark.django_db(transaction=True)

VISITOR = "vera@visitors.example"


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


def test_it_goes_out_with_the_null_sender(office: Office, settings: Settings) -> None:
    with _server(settings, {}) as server:
        delivery = _deliver(office, server)

    assert delivery.state == Delivery.State.SENT
    assert _senders(server) == ["MAIL FROM:<>"]


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL", "550 5.1.0 Null sender refused"),
        ("RCPT", "550 5.7.1 No bounces here"),
        ("RCPT", "554 5.7.60 Client does not have permissions to send as this sender"),
    ],
)
def test_a_server_that_refuses_the_null_sender_gets_our_own_address(
    office: Office, settings: Settings, command: str, reply: str
) -> None:
    with _server(settings, {command: _refusing_the_null_sender(reply)}) as server:
        delivery = _deliver(office, server)

    assert delivery.state == Delivery.State.SENT
    assert _senders(server) == ["MAIL FROM:<>", "MAIL FROM:<support@acme.example>"]
    assert delivery.outgoing_message.mail_from == "support@acme.example"


def test_a_refusal_of_the_recipient_is_final(office: Office, settings: Settings) -> None:
    with _server(settings, {"RCPT": lambda one, _line: one.say("550 5.1.1 No such user")}) as server:
        delivery = _deliver(office, server)

    assert delivery.state == Delivery.State.FAILED
    assert _senders(server) == ["MAIL FROM:<>"]


def test_a_server_that_refuses_both_senders_is_not_asked_a_third_time(office: Office, settings: Settings) -> None:
    with _server(settings, {"MAIL": lambda one, _line: one.say("550 5.7.1 Not you")}) as server:
        delivery = _deliver(office, server)

    assert delivery.state == Delivery.State.FAILED
    assert _senders(server) == ["MAIL FROM:<>", "MAIL FROM:<support@acme.example>"]


def _server(settings: Settings, answers: dict[str, Answer]) -> AbstractContextManager[ScriptedServer]:
    return scripted_server(smtp(answers), settings)


def _refusing_the_null_sender(reply: str) -> Answer:
    """Refuse the first time that the command comes: that is the one with the null sender."""
    answers = iter([reply])
    return lambda conversation, _line: conversation.say(next(answers, "250 2.1.0 ok"))


def _deliver(office: Office, server: ScriptedServer) -> Delivery:
    outgoing = office.outgoing_through(server.endpoint())
    composition = Composition(
        from_=Address("Support", "support@acme.example"),
        to=(Address("", VISITOR),),
        subject="We have received your message",
        text="Thank you.",
        message_id=new_message_id("acme.example"),
        date=clock.now(),
    )
    submission = outbox.Submission(
        id=new_id(),
        server=outgoing,
        composition=composition,
        origin=OutgoingMessage.Origin.AUTOMATIC,
        has_null_sender=True,
    )
    outbox.submit(submission, now=clock.now())
    for _ in range(3):
        delivering.deliver_due(OutgoingServer.objects.get().pk, now=clock.now)
    return Delivery.objects.select_related("outgoing_message").get()


def _senders(server: ScriptedServer) -> list[str]:
    lines = server.heard.decode().splitlines()
    return [line.split(" SIZE=")[0] for line in lines if line.startswith("MAIL FROM:")]
