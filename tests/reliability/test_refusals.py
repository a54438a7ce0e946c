"""What servers say and do in the middle of a transaction decides each recipient by itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from pytest_django import Settings

from mailboxes import delivering, outbox
from mailboxes.models import Delivery, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Endpoint, Security
from servers.failures import Operation
from servers.models import OutgoingServer, ServerError
from tests.realservers.programs import HOST, free_port
from tests.reliability.office import Office, end_attempt_leases, make_everything_due, make_office, states
from tests.servers.scripted import Answer, Conversation, ScriptedServer, scripted_server, smtp

pytestmark = pytest.mark.django_db(transaction=True)

_State = Delivery.State


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


def test_of_two_recipients_the_refused_one_fails_and_the_accepted_one_gets_one_copy(
    office: Office, settings: Settings
) -> None:
    with _smtp(settings, {"RCPT": _refusing("b@customers.example", "550 5.1.1 No such user")}) as server:
        outgoing = _submit(office, server, "a@customers.example", "b@customers.example")

        _deliver_until_quiet()

        assert states(outgoing) == {"a@customers.example": _State.SENT, "b@customers.example": _State.FAILED}
        refused = outgoing.deliveries.get(recipient="b@customers.example")
        assert (refused.reply_code, refused.enhanced_status) == (550, "5.1.1")
        assert "No such user" in refused.reply_text
    assert _transactions(server) == [{"a@customers.example", "b@customers.example"}]


def test_of_two_recipients_the_deferred_one_is_tried_again_alone(office: Office, settings: Settings) -> None:
    greylisting = iter(["451 4.7.1 Greylisted, try again"])

    def rcpt(conversation: Conversation, line: str) -> None:
        is_first = "b@customers.example" in line
        conversation.say(next(greylisting, "250 ok") if is_first else "250 ok")

    with _smtp(settings, {"RCPT": rcpt}) as server:
        outgoing = _submit(office, server, "a@customers.example", "b@customers.example")

        _deliver()

        deferred = outgoing.deliveries.get(recipient="b@customers.example")
        assert states(outgoing) == {"a@customers.example": _State.SENT, "b@customers.example": _State.DEFERRED}
        assert deferred.not_before > clock.now()
        assert "Greylisted" in deferred.reply_text

        _deliver()
        assert len(_transactions(server)) == 1
        _deliver_until_quiet()

        assert states(outgoing) == {"a@customers.example": _State.SENT, "b@customers.example": _State.SENT}
    assert _transactions(server) == [{"a@customers.example", "b@customers.example"}, {"b@customers.example"}]


def test_a_lost_reply_to_the_final_dot_leaves_all_uncertain_and_is_never_sent_again_by_itself(
    office: Office, settings: Settings
) -> None:
    with _smtp(settings, {"DATA": _taking_the_message_and_closing}) as server:
        outgoing = _submit(office, server, "a@customers.example", "b@customers.example")

        _deliver_until_quiet()

        assert set(states(outgoing).values()) == {_State.UNCERTAIN}
        assert {one.reply_text for one in outgoing.deliveries.all()} == {
            "The message was sent, but the connection was lost before the server confirmed it. It may have arrived."
        }
        assert ServerError.objects.get().operation == Operation.FINAL_DOT
    assert server.heard.count(b"\r\n.\r\n") == 1


def test_a_server_that_loses_each_reply_does_not_make_everything_uncertain_at_once(
    office: Office, settings: Settings
) -> None:
    with _smtp(settings, {"DATA": _taking_the_message_and_closing}) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        for _ in range(4):
            office.submit(outgoing_server, "a@customers.example")

        _deliver()
        _deliver()

        found = sorted(Delivery.objects.values_list("state", flat=True))
        assert found == [_State.DEFERRED] * 3 + [_State.UNCERTAIN]
    assert server.connection_count == 1


def test_a_worker_whose_lease_ended_while_the_server_was_slow_does_not_send_the_dot(
    office: Office, settings: Settings
) -> None:
    slow = iter([True])

    def data(conversation: Conversation, line: str) -> None:
        if next(slow, False):
            end_attempt_leases()
            connection.close()
        _taking_the_message("250 2.0.0 queued")(conversation, line)

    with _smtp(settings, {"DATA": data}) as server:
        outgoing = _submit(office, server, "a@customers.example")

        _deliver()

        assert set(states(outgoing).values()) == {_State.QUEUED}
        assert b"\r\n.\r\n" not in server.heard
        assert not ServerError.objects.exists()
        _deliver()

        assert set(states(outgoing).values()) == {_State.SENT}
    assert server.heard.count(b"\r\n.\r\n") == 1


def test_a_refusal_of_the_message_holds_for_every_accepted_recipient(office: Office, settings: Settings) -> None:
    with _smtp(settings, {"DATA": _taking_the_message("554 5.7.1 Spam is not taken")}) as server:
        outgoing = _submit(office, server, "a@customers.example", "b@customers.example")

        _deliver_until_quiet()

        assert set(outgoing.deliveries.values_list("state", "reply_text")) == {
            (_State.FAILED, "5.7.1 Spam is not taken")
        }
        assert ServerError.objects.get().reply_code == 554
    assert len(_transactions(server)) == 1


def test_a_passing_refusal_of_the_message_defers_it(office: Office, settings: Settings) -> None:
    with _smtp(settings, {"DATA": _taking_the_message("452 4.3.1 Disk full")}) as server:
        outgoing = _submit(office, server, "a@customers.example")
        before = clock.now()

        _deliver()

        delivery = outgoing.deliveries.get()
        assert delivery.state == _State.DEFERRED
        assert delivery.not_before > before
        assert delivery.reply_code == 452


def test_a_connection_that_breaks_within_the_message_defers_it(office: Office, settings: Settings) -> None:
    # More than the kernel takes on both sides, or the whole body would be on its way before the connection breaks.
    text = ("x" * 70 + "\n") * 300_000
    with _smtp(settings, {"DATA": _breaking_in_the_middle}) as server:
        outgoing = _submit(office, server, "a@customers.example", text=text)

        _deliver()

        delivery = outgoing.deliveries.get()
        assert delivery.state == _State.DEFERRED
        assert delivery.not_before > clock.now()


def test_a_message_that_breaks_every_connection_does_not_hold_up_the_others(office: Office, settings: Settings) -> None:
    def data(conversation: Conversation, _line: str) -> None:
        conversation.say("354 go ahead")
        subject = ""
        while (line := conversation.hear()) != ".":
            subject = line if line.startswith("Subject:") else subject
            if "Number 13" in subject:
                conversation.reset()
                return
        conversation.say("250 2.0.0 queued")

    with _smtp(settings, {"DATA": data}) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        poison = office.submit(outgoing_server, "a@customers.example", number=13)
        others = [office.submit(outgoing_server, "a@customers.example", number=number) for number in range(14, 18)]

        for _ in range(3):
            _let_the_next_wait_pass()
            _deliver()

        assert [set(states(one).values()) for one in others] == [{_State.SENT}] * 4
        assert set(states(poison).values()) == {_State.DEFERRED}


def test_a_message_beyond_the_size_limit_fails_with_words_and_the_next_is_sent(
    office: Office, settings: Settings
) -> None:
    ehlo: Answer = ["250-mx.example", "250-SIZE 20000", "250 8BITMIME"]
    with _smtp(settings, {"EHLO": ehlo}) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        large = office.submit(outgoing_server, "a@customers.example", text="long line\n" * 5000)
        small = office.submit(outgoing_server, "a@customers.example")

        _deliver()

        failed = large.deliveries.get()
        assert failed.state == _State.FAILED
        assert "the server takes 20000 at most" in failed.reply_text
        assert set(states(small).values()) == {_State.SENT}


def test_a_refused_sender_of_one_message_does_not_stop_the_next(office: Office, settings: Settings) -> None:
    answers = iter(["550 5.7.1 You may not send as this", "250 ok"])
    with _smtp(settings, {"MAIL": lambda conversation, _line: conversation.say(next(answers))}) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        first = office.submit(outgoing_server, "a@customers.example")
        second = office.submit(outgoing_server, "a@customers.example")

        _deliver()

        assert set(states(first).values()) == {_State.FAILED}
        assert "You may not send as this" in first.deliveries.get().reply_text
        assert set(states(second).values()) == {_State.SENT}
    assert server.connection_count == 1


def test_a_server_that_refuses_one_message_and_hangs_up_fails_this_one_only(office: Office, settings: Settings) -> None:
    refusals = iter(["554 5.7.1 Not this one"])

    def mail(conversation: Conversation, _line: str) -> None:
        refusal = next(refusals, None)
        conversation.say(refusal or "250 ok")
        if refusal:
            conversation.close()

    with _smtp(settings, {"MAIL": mail}) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        first = office.submit(outgoing_server, "a@customers.example")
        others = [office.submit(outgoing_server, "a@customers.example") for _ in range(3)]

        _deliver()

        assert set(states(first).values()) == {_State.FAILED}
        assert [set(states(one).values()) for one in others] == [{_State.DEFERRED}] * 3

        make_everything_due()
        _deliver()
        assert [set(states(one).values()) for one in others] == [{_State.SENT}] * 3


def test_a_server_that_is_down_defers_everything_until_the_same_moment_and_is_one_error_that_counts(
    office: Office, settings: Settings
) -> None:
    port = free_port()
    settings.EGRESS_ALLOW = [f"{HOST}:{port}"]
    server = office.outgoing_through(Endpoint(HOST, port, Security.NONE))
    outgoing = [office.submit(server, "a@customers.example", "b@customers.example") for _ in range(4)]

    for failures in range(1, 4):
        make_everything_due()
        _deliver()
        _deliver()

        server.refresh_from_db()
        assert server.failure_count == failures
        assert set(Delivery.objects.values_list("state", "not_before")) == {(_State.DEFERRED, server.not_before)}
        assert ServerError.objects.get().count == failures
    assert {one.deliveries.count() for one in outgoing} == {2}


def test_a_server_that_comes_back_gets_everything_once(office: Office, settings: Settings) -> None:
    greetings = iter(["421 4.3.2 Going down", "421 4.3.2 Going down"])

    def script(conversation: Conversation) -> None:
        greeting = next(greetings, None)
        if greeting:
            conversation.say(greeting)
            return
        smtp()(conversation)

    with scripted_server(script, settings) as server:
        outgoing_server = office.outgoing_through(server.endpoint())
        for _ in range(15):
            office.submit(outgoing_server, "a@customers.example")

        _deliver_until_quiet()

        assert set(Delivery.objects.values_list("state", flat=True)) == {_State.SENT}
        assert OutgoingServer.objects.get().failure_count == 0
    assert len(_transactions(server)) == 15


def test_only_a_failed_or_uncertain_delivery_whose_bytes_are_there_can_be_sent_again(
    office: Office, settings: Settings
) -> None:
    with _smtp(settings, {"DATA": _taking_the_message_and_closing}) as server:
        outgoing = _submit(office, server, "a@customers.example")
        assert not outbox.retry(outgoing.deliveries.get(), now=clock.now())
        _deliver()
        OutgoingMessage.objects.update(raw_sha256="")

        assert not outbox.retry(outgoing.deliveries.get(), now=clock.now())

    assert set(states(outgoing).values()) == {_State.UNCERTAIN}


def _smtp(settings: Settings, answers: dict[str, Answer]) -> AbstractContextManager[ScriptedServer]:
    return scripted_server(smtp(answers), settings)


def _submit(office: Office, server: ScriptedServer, *to: str, text: str = "Hello.") -> OutgoingMessage:
    return office.submit(office.outgoing_through(server.endpoint()), *to, text=text)


def _deliver() -> None:
    delivering.deliver_due(OutgoingServer.objects.get().pk, now=clock.now)


def _deliver_until_quiet() -> None:
    """Deliver as often as there is something to try, without its waits."""
    for _ in range(5):
        make_everything_due()
        _deliver()


def _let_the_next_wait_pass() -> None:
    """Move time on to where the server is tried again, for all rows alike."""
    server = OutgoingServer.objects.get()
    if server.not_before is None:
        return
    passed = server.not_before - clock.now()
    for delivery in Delivery.objects.filter(state__in=Delivery.WAITING):
        Delivery.objects.filter(pk=delivery.pk).update(not_before=delivery.not_before - passed)
    OutgoingServer.objects.update(not_before=clock.now())


def _transactions(server: ScriptedServer) -> list[set[str]]:
    """Return the recipients that each transaction named."""
    found: list[set[str]] = []
    for line in server.heard.decode().splitlines():
        if line.startswith("MAIL FROM:"):
            found.append(set())
        if line.startswith("RCPT TO:"):
            found[-1].add(line.removeprefix("RCPT TO:<").rstrip(">"))
    return found


def _refusing(recipient: str, refusal: str) -> Answer:
    def rcpt(conversation: Conversation, line: str) -> None:
        conversation.say(refusal if recipient in line else "250 2.1.5 ok")

    return rcpt


def _taking_the_message(reply: str) -> Callable[[Conversation, str], None]:
    def data(conversation: Conversation, _line: str) -> None:
        conversation.say("354 go ahead")
        while conversation.hear() != ".":
            pass
        conversation.say(reply)

    return data


def _taking_the_message_and_closing(conversation: Conversation, _line: str) -> None:
    conversation.say("354 go ahead")
    while conversation.hear() != ".":
        pass
    conversation.close()


def _breaking_in_the_middle(conversation: Conversation, _line: str) -> None:
    conversation.say("354 go ahead")
    for _ in range(100):
        conversation.hear()
    conversation.reset()
