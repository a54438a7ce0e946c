"""Connected POP accounts beside the primary incoming server (SPEC M6), and what an incoming server leaves behind."""

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Feature, Plan
from mailboxes import changing, polling, receiving
from mailboxes.models import Message, MessageOrigin
from mailhub import clock
from servers.models import Folder, IncomingServer
from servers.standing import PauseReason
from tests.factories import Cast, make_incoming
from tests.mailboxes.mail.factories import make_raw, receive
from tests.mailboxes.setup.typed import SECRET, incoming

pytestmark = pytest.mark.usefixtures("scope")

TLS = {"port": "995", "security": "tls"}


@pytest.fixture(autouse=True)
def _the_plan_has_encryption(cast: Cast) -> None:
    set_features(cast, [Feature.ENCRYPTED_POP])


def set_features(cast: Cast, features: list[Feature]) -> None:
    Plan.objects.filter(pk=cast.mailbox.subscription.plan_id).update(features=[str(one) for one in features])


def account(**changes: str) -> dict[str, str]:
    return incoming(**{"name": "Old shop", "username": "shop@example.com", "is_active": "on", **changes})


def add_url(cast: Cast) -> str:
    return reverse("mailboxes:connected-add", args=[cast.mailbox.pk])


def url(name: str, server: IncomingServer) -> str:
    return reverse(f"mailboxes:{name}", args=[server.mailbox_id, server.pk])


@pytest.fixture
def connected(cast: Cast) -> IncomingServer:
    make_incoming(cast.mailbox)
    return make_incoming(
        cast.mailbox,
        is_primary=False,
        name="Old shop",
        protocol="pop3",
        host="pop.example.com",
        port=995,
        security="tls",
        username="shop@example.com",
        password="stored",
        copy_mail=False,
    )


def test_a_pop_account_is_connected_beside_the_primary_server(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox)

    answer = owner.post(add_url(cast), account(**TLS))

    assert answer.status_code == 302
    server = cast.mailbox.incoming_servers.get(is_primary=False)
    assert (server.protocol, server.name, server.copy_mail, server.is_active) == ("pop3", "Old shop", False, True)
    assert server.sign_in().password.reveal() == SECRET
    assert server.next_poll_at <= clock.now()


def test_any_number_of_accounts_feeds_one_mailbox(owner: Client, cast: Cast) -> None:
    for number in range(3):
        owner.post(add_url(cast), account(username=f"shop{number}"))

    assert cast.mailbox.incoming_servers.filter(is_primary=False).count() == 3


def test_whatever_protocol_is_sent_it_is_pop3(owner: Client, cast: Cast) -> None:
    owner.post(add_url(cast), account(protocol="imap"))

    assert cast.mailbox.incoming_servers.get().protocol == "pop3"


def test_nothing_is_saved_without_a_choice_for_the_messages_on_the_server(owner: Client, cast: Cast) -> None:
    answer = owner.post(add_url(cast), account(on_server=""))

    assert answer.status_code == 422
    assert "Choose what happens" in answer.content.decode()
    assert not cast.mailbox.incoming_servers.exists()


def test_the_form_says_what_happens_to_the_messages_before_it_is_saved(owner: Client, cast: Cast) -> None:
    page = owner.get(add_url(cast)).content.decode()

    assert "as soon as it is stored safely here" in page
    assert "Messages stay on" in page


@pytest.mark.parametrize(
    ("choice", "days", "kept"),
    [("keep", "9", (True, None)), ("later", "9", (True, 9)), ("remove", "9", (False, None))],
)
def test_the_choice_of_three_is_kept(
    owner: Client, cast: Cast, choice: str, days: str, kept: tuple[bool, int | None]
) -> None:
    owner.post(add_url(cast), account(on_server=choice, remove_after_days=days))

    server = cast.mailbox.incoming_servers.get()
    assert (server.copy_mail, server.remove_after_days) == kept


@pytest.mark.parametrize("days", ["", "0", "-1", "99999"])
def test_days_that_are_none_are_refused(owner: Client, cast: Cast, days: str) -> None:
    answer = owner.post(add_url(cast), account(on_server="later", remove_after_days=days))

    assert answer.status_code == 422
    assert not cast.mailbox.incoming_servers.exists()


def test_without_the_feature_encryption_is_shown_and_explained_and_cannot_be_chosen(owner: Client, cast: Cast) -> None:
    set_features(cast, [])

    page = owner.get(add_url(cast)).content.decode()

    assert "TLS for connected POP accounts" in page
    assert page.count("disabled>STARTTLS") + page.count("disabled>TLS") == 2


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_without_the_feature_a_forged_choice_of_encryption_is_refused(owner: Client, cast: Cast, security: str) -> None:
    set_features(cast, [])

    answer = owner.post(add_url(cast), account(security=security))

    assert answer.status_code == 422
    assert not cast.mailbox.incoming_servers.exists()


def test_an_account_of_another_mailbox_is_refused(owner: Client, cast: Cast) -> None:
    make_incoming(cast.hidden_mailbox, host="pop.example.com", username="shop@example.com")

    answer = owner.post(add_url(cast), account())

    assert "Another mailbox fetches this account already" in answer.content.decode()


def test_change_keeps_the_password_and_takes_the_switch(owner: Client, connected: IncomingServer) -> None:
    fields = account(**TLS, password="", name="New shop")
    del fields["incoming-is_active"]

    owner.post(url("connected-change", connected), fields)

    changed = connected.refreshed()
    assert (changed.name, changed.is_active, changed.is_primary) == ("New shop", False, False)
    assert changed.sign_in().password.reveal() == "stored"


def test_the_page_of_the_primary_server_leads_to_that_of_the_account(owner: Client, connected: IncomingServer) -> None:
    assert owner.get(url("incoming-change", connected)).headers["Location"] == url("connected-change", connected)


def test_the_overview_lists_every_account_with_its_state(member: Client, connected: IncomingServer) -> None:
    page = member.get(reverse("mailboxes:incoming-list", args=[connected.mailbox_id])).content.decode()

    assert "Old shop" in page
    assert "shop@example.com" in page
    assert "removed there once it is stored safely here" in page
    assert url("incoming-delete", connected) not in page


def test_deleting_an_account_says_what_goes_and_leaves_its_messages(
    owner: Client, cast: Cast, connected: IncomingServer
) -> None:
    message = receive(cast.mailbox, make_raw())
    folder = Folder.objects.create(tenant=cast.tenant, server=connected)
    MessageOrigin.objects.create(
        tenant=cast.tenant,
        message=message,
        server=connected,
        folder=folder,
        uidvalidity=0,
        identity="a",
        removal=MessageOrigin.Removal.PENDING,
    )

    page = owner.get(url("incoming-delete", connected)).content.decode()
    assert "the removal of 1 message from the server" in page
    assert "stay here" in page
    owner.post(url("incoming-delete", connected))

    assert not IncomingServer.objects.filter(pk=connected.pk).exists()
    assert Message.objects.filter(pk=message.pk, conversation__isnull=False).exists()


def test_deleting_asks_first(owner: Client, connected: IncomingServer) -> None:
    owner.get(url("incoming-delete", connected))

    assert IncomingServer.objects.filter(pk=connected.pk).exists()


def test_an_account_that_the_plan_paused_goes_on_once_it_is_not_encrypted_any_more(
    owner: Client, cast: Cast, connected: IncomingServer
) -> None:
    set_features(cast, [])
    connected.pause(PauseReason.PLAN, now=clock.now())

    owner.post(url("connected-change", connected), account(port="110", security="none"))

    changed = connected.refreshed()
    assert (changed.security, changed.paused_at, changed.pause_reason) == ("none", None, "")


def test_an_account_that_stays_encrypted_stays_paused_by_the_plan(cast: Cast, connected: IncomingServer) -> None:
    set_features(cast, [])
    connected.pause(PauseReason.PLAN, now=clock.now())

    changing.change_incoming(connected.refreshed(), now=clock.now())

    assert connected.refreshed().pause_reason == PauseReason.PLAN


def test_an_account_that_becomes_encrypted_is_paused_where_the_plan_went_meanwhile(
    cast: Cast, connected: IncomingServer
) -> None:
    set_features(cast, [])

    changing.change_incoming(connected.refreshed(), now=clock.now())

    assert connected.refreshed().pause_reason == PauseReason.PLAN


def test_the_primary_server_can_be_deleted_and_another_be_added(owner: Client, cast: Cast) -> None:
    primary = make_incoming(cast.mailbox)

    owner.post(url("incoming-delete", primary))
    answer = owner.get(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]))

    assert not cast.mailbox.incoming_servers.exists()
    assert answer.status_code == 200


def test_folders_of_the_primary_server_are_kept_and_forgotten_when_not_read(owner: Client, cast: Cast) -> None:
    primary = make_incoming(cast.mailbox, host="imap.example.com", username="support", password="stored")
    Folder.objects.create(tenant=cast.tenant, server=primary, name="Sent", role="sent", uidvalidity=7, last_uid=9)
    fields = incoming(
        protocol="imap", host="imap.example.com", port="993", security="tls", username="support", password="",
        on_server="keep", watch_junk="on", copy_to_sent="never",
    )  # fmt: skip

    owner.post(url("incoming-change", primary), fields)

    changed = primary.refreshed()
    assert (changed.watch_junk, changed.read_sent, changed.copy_to_sent) == (True, False, "never")
    assert not changed.folders.exists()


def test_a_poll_under_way_stores_nothing_of_an_account_that_was_deleted(connected: IncomingServer) -> None:
    token = connected.pk

    connected.delete()
    polling.poll(token, token, now=clock.now, stored=lambda _mailbox: None)

    assert not receiving.receive_waiting(connected.mailbox_id, now=clock.now)
