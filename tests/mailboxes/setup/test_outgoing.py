from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailboxes import changing
from mailboxes.models import Delivery, OutgoingMessage
from mailhub import clock
from servers.models import OutgoingServer
from servers.standing import PauseReason
from tests.factories import Cast, make_outgoing
from tests.mailboxes.setup.typed import SECRET, outgoing

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, host="smtp.example.com", username="support", password="stored")


@pytest.fixture
def second(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, host="smtp2.example.com", name="Second", is_default=False)


def url(name: str, server: OutgoingServer) -> str:
    return reverse(f"mailboxes:outgoing-{name}", args=[server.mailbox_id, server.pk])


def unchanged(**changes: str) -> dict[str, str]:
    return outgoing(**{"username": "support", "password": "", **changes})


def waiting_delivery(server: OutgoingServer) -> Delivery:
    later = clock.now() + timedelta(hours=4)
    message = OutgoingMessage.objects.create(
        tenant_id=server.tenant_id,
        mailbox_id=server.mailbox_id,
        server=server,
        message_id="<1@example.com>",
        from_address="support@example.com",
        size=10,
        created_at=clock.now(),
    )
    return Delivery.objects.create(
        tenant_id=server.tenant_id,
        outgoing_message=message,
        server=server,
        recipient="ada@example.org",
        state=Delivery.State.DEFERRED,
        not_before=later,
    )


def password_of(server: OutgoingServer) -> str | None:
    sign_in = server.refreshed().sign_in()
    return sign_in.password.reveal() if sign_in else None


def test_first_outgoing_server_becomes_the_default(owner: Client, cast: Cast) -> None:
    owner.post(reverse("mailboxes:outgoing-add", args=[cast.mailbox.pk]), outgoing())

    assert cast.mailbox.outgoing_servers.get().is_default


def test_further_outgoing_server_does_not_become_the_default(owner: Client, server: OutgoingServer) -> None:
    owner.post(reverse("mailboxes:outgoing-add", args=[server.mailbox_id]), outgoing(host="smtp3.example.com"))

    assert not OutgoingServer.objects.get(host="smtp3.example.com").is_default


def test_change_keeps_the_password_that_was_left_empty(owner: Client, server: OutgoingServer) -> None:
    owner.post(url("change", server), unchanged(reply_to="answers@example.com"))

    assert server.refreshed().reply_to == "answers@example.com"
    assert password_of(server) == "stored"


@pytest.mark.parametrize(
    "change",
    [{"host": "smtp.attacker.example"}, {"port": "465"}, {"security": "tls"}, {"username": "other"}],
    ids=lambda change: next(iter(change)),
)
def test_stored_password_goes_nowhere_else(owner: Client, server: OutgoingServer, change: dict[str, str]) -> None:
    """SECURITY B100."""
    answer = owner.post(url("change", server), unchanged(**change))

    assert "Enter the password again" in str(answer.context["form"].errors["password"])
    assert server.refreshed().host == "smtp.example.com"


def test_password_is_forgotten_when_signing_in_is_switched_off(owner: Client, server: OutgoingServer) -> None:
    typed = unchanged(host="smtp.attacker.example")
    del typed["outgoing-authenticate"]
    owner.post(url("change", server), typed)

    answer = owner.post(url("change", server), unchanged(host="smtp.attacker.example"))

    assert "password" in answer.context["form"].errors
    assert server.refreshed().password is None


def test_change_tries_at_once_what_waits(owner: Client, server: OutgoingServer) -> None:
    delivery = waiting_delivery(server)

    owner.post(url("change", server), unchanged(password=SECRET))

    assert delivery.refreshed().not_before <= clock.now()


def test_make_default_takes_it_from_the_other(owner: Client, server: OutgoingServer, second: OutgoingServer) -> None:
    owner.post(url("make-default", second))

    assert second.refreshed().is_default
    assert not server.refreshed().is_default


def test_sending_is_switched_off_and_on_again(owner: Client, server: OutgoingServer) -> None:
    owner.post(url("switch", server))
    was_off = not server.refreshed().is_active
    owner.post(url("switch", server), {"on": "1"})

    assert was_off
    assert server.refreshed().is_active


def test_default_is_not_deleted_before_another_one_is_chosen(
    owner: Client, server: OutgoingServer, second: OutgoingServer
) -> None:
    answer = owner.post(url("delete", server))

    assert "successor" in answer.context["form"].errors
    assert OutgoingServer.objects.filter(pk=server.pk).exists()


def test_chosen_server_becomes_the_default_when_the_default_is_deleted(
    owner: Client, server: OutgoingServer, second: OutgoingServer
) -> None:
    owner.post(url("delete", server), {"successor": str(second.pk)})

    assert not OutgoingServer.objects.filter(pk=server.pk).exists()
    assert second.refreshed().is_default


def test_server_of_another_mailbox_cannot_be_chosen_as_default(
    owner: Client, cast: Cast, server: OutgoingServer, second: OutgoingServer
) -> None:
    elsewhere = make_outgoing(cast.hidden_mailbox)

    answer = owner.post(url("delete", server), {"successor": str(elsewhere.pk)})

    assert "successor" in answer.context["form"].errors


def test_domain_refuses_to_leave_servers_without_a_default(server: OutgoingServer, second: OutgoingServer) -> None:
    with pytest.raises(changing.DefaultNeeded):
        changing.delete_outgoing(server, successor=None, now=clock.now())


def test_only_server_may_be_deleted(owner: Client, server: OutgoingServer) -> None:
    owner.post(url("delete", server))

    assert not OutgoingServer.objects.exists()


def test_what_waits_for_a_deleted_server_fails_and_says_why(owner: Client, server: OutgoingServer) -> None:
    delivery = waiting_delivery(server)

    page = owner.get(url("delete", server))
    owner.post(url("delete", server))

    assert "1 delivery still waits" in page.content.decode()
    assert delivery.refreshed().state == Delivery.State.FAILED
    assert delivery.refreshed().reply_text == changing.SERVER_DELETED


def test_what_follows_a_failure_follows_it_when_the_server_is_deleted_too(
    owner: Client, server: OutgoingServer, settings: Settings
) -> None:
    settings.PIPELINES = {**settings.PIPELINES, "settled": ("mailboxes.handlers.record_settled",)}
    delivery = waiting_delivery(server)
    # Security mail: its bytes are forgotten once nobody waits for them.
    OutgoingMessage.objects.filter(pk=delivery.outgoing_message_id).update(is_confidential=True, raw_sha256="f" * 64)

    owner.post(url("delete", server))

    assert delivery.refreshed().outgoing_message.raw_sha256 == ""


@pytest.mark.parametrize("name", ["change", "delete", "make-default", "resume", "switch", "test"])
def test_strangers_find_no_server(stranger: Client, server: OutgoingServer, name: str) -> None:
    assert stranger.post(url(name, server), unchanged(password=SECRET)).status_code == 404
    assert server.refreshed().is_active


@pytest.mark.parametrize("name", ["change", "delete", "make-default", "resume", "switch", "test"])
def test_members_change_no_server(member: Client, server: OutgoingServer, name: str) -> None:
    assert member.post(url(name, server), unchanged(password=SECRET)).status_code == 403
    assert server.refreshed().is_active


def test_try_again_ends_a_pause_and_tries_what_waits(owner: Client, server: OutgoingServer) -> None:
    delivery = waiting_delivery(server)
    server.pause(PauseReason.SIGN_IN_REFUSED, now=clock.now())

    owner.post(url("resume", server))

    resumed = server.refreshed()
    assert (resumed.paused_at, resumed.not_before) == (None, None)
    assert delivery.refreshed().not_before <= clock.now()


def test_changed_settings_end_a_pause(owner: Client, server: OutgoingServer) -> None:
    server.pause(PauseReason.CERTIFICATE, now=clock.now())

    owner.post(url("change", server), unchanged(password=SECRET))

    assert server.refreshed().paused_at is None
