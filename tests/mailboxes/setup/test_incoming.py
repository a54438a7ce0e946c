from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox, MessageOrigin
from mailhub import clock
from mailhub.lib.ids import new_id
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import Folder, IncomingServer, OutgoingServer
from servers.standing import PauseReason
from tests.factories import Cast, make_incoming, make_outgoing
from tests.mailboxes.setup.typed import SECRET, incoming

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(cast: Cast) -> IncomingServer:
    return make_incoming(
        cast.mailbox,
        host="imap.example.com",
        port=993,
        security="tls",
        username="support",
        password="stored",
        next_poll_at=clock.now() + timedelta(hours=1),
    )


def url(name: str, server: IncomingServer) -> str:
    return reverse(f"mailboxes:incoming-{name}", args=[server.mailbox_id, server.pk])


def unchanged(**changes: str) -> dict[str, str]:
    typed = {"protocol": "imap", "host": "imap.example.com", "port": "993", "security": "tls", "username": "support"}
    return incoming(**{**typed, "password": "", "on_server": "keep", **changes})


def password_of(server: IncomingServer) -> str:
    return server.refreshed().sign_in().password.reveal()


def test_change_keeps_the_password_that_was_left_empty(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(comments="New"))

    assert server.refreshed().comments == "New"
    assert password_of(server) == "stored"


def test_change_takes_a_new_password(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(password=SECRET))

    assert password_of(server) == SECRET


@pytest.mark.parametrize(
    "change",
    [{"host": "imap.attacker.example"}, {"port": "143"}, {"security": "none"}, {"username": "other"}],
    ids=lambda change: next(iter(change)),
)
def test_stored_password_goes_nowhere_else(owner: Client, server: IncomingServer, change: dict[str, str]) -> None:
    """SECURITY B100."""
    answer = owner.post(url("change", server), unchanged(**change))

    assert answer.status_code == 422
    assert "Enter the password again" in str(answer.context["form"].errors["password"])
    assert server.refreshed().host == "imap.example.com"


def test_change_of_host_with_a_new_password_is_saved(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(host="imap.new.example", password=SECRET))

    assert server.refreshed().host == "imap.new.example"
    assert password_of(server) == SECRET


def test_change_makes_the_server_due_at_once(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(on_server="keep"))

    assert server.refreshed().next_poll_at <= clock.now()


def test_change_does_not_touch_what_a_worker_writes(owner: Client, server: IncomingServer) -> None:
    lease = clock.now() + timedelta(seconds=90)
    IncomingServer.objects.filter(pk=server.pk).update(poll_token=server.pk, poll_lease_until=lease)

    owner.post(url("change", server), unchanged(comments="New"))

    assert server.refreshed().poll_token == server.pk


def test_another_account_is_read_from_its_beginning(owner: Client, cast: Cast, server: IncomingServer) -> None:
    Folder.objects.create(tenant=cast.tenant, server=server, uidvalidity=7, last_uid=900)
    IncomingServer.objects.filter(pk=server.pk).update(poll_token=server.pk, last_success_at=clock.now())

    owner.post(url("change", server), unchanged(username="other", password=SECRET))

    assert not server.folders.exists()
    assert not MessageOrigin.objects.exists()
    assert server.refreshed().poll_token is None
    assert server.refreshed().last_success_at is None


def test_same_account_keeps_its_cursor(owner: Client, cast: Cast, server: IncomingServer) -> None:
    Folder.objects.create(tenant=cast.tenant, server=server, uidvalidity=7, last_uid=900)

    owner.post(url("change", server), unchanged(password=SECRET))

    assert server.folders.get().last_uid == 900


def sending_of(cast: Cast, **fields: Any) -> OutgoingServer:
    return make_outgoing(
        cast.mailbox, host="smtp.example.com", **{"username": "support", "password": "stored", **fields}
    )


def sending_password(server: OutgoingServer) -> str:
    sign_in = server.refreshed().sign_in()
    assert sign_in is not None
    return sign_in.password.reveal()


def refuse_sign_in(server: OutgoingServer) -> None:
    server.record_success(now=clock.now())
    failure = ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, "535 no")
    server.record_failure(failure, now=clock.now())


@pytest.mark.parametrize("is_refused", [False, True], ids=["never tried", "sign-in refused"])
def test_new_password_is_offered_for_the_same_sign_in_that_does_not_work(
    owner: Client, cast: Cast, server: IncomingServer, is_refused: bool
) -> None:
    sending = sending_of(cast)
    if is_refused:
        refuse_sign_in(sending)

    field = owner.get(url("change", server)).context["form"]["also_sending"]
    owner.post(url("change", server), unchanged(password=SECRET, also_sending="on"))

    assert field.label == "A new password is also for sending through smtp.example.com"
    assert field.value() is True
    assert sending_password(sending) == SECRET


def test_new_password_is_for_receiving_alone_where_a_person_says_so(
    owner: Client, cast: Cast, server: IncomingServer
) -> None:
    sending = sending_of(cast)

    owner.post(url("change", server), unchanged(password=SECRET))

    assert sending_password(sending) == "stored"


def test_corrected_user_name_is_for_sending_too(owner: Client, cast: Cast, server: IncomingServer) -> None:
    sending = sending_of(cast)

    owner.post(url("change", server), unchanged(username="helpdesk", password=SECRET, also_sending="on"))

    assert sending.refreshed().username == "helpdesk"
    assert sending_password(sending) == SECRET


@pytest.mark.parametrize(
    "fields",
    [{"username": "other"}, {"last_success_at": clock.now()}, {"authenticate": False}],
    ids=["another user name", "works", "signs in nowhere"],
)
def test_new_password_is_not_offered_to_other_servers(
    owner: Client, cast: Cast, server: IncomingServer, fields: dict[str, Any]
) -> None:
    """SECURITY B100."""
    sending_of(cast, **fields)

    answer = owner.get(url("change", server))

    assert "also_sending" not in answer.context["form"].fields


def test_page_never_contains_the_password(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(password=SECRET))

    pages = [
        owner.get(url("change", server)),
        owner.post(url("change", server), unchanged(password=SECRET, port="x")),
        owner.get(reverse("mailboxes:mailbox-detail", args=[server.mailbox_id])),
    ]

    assert not [page for page in pages if SECRET in page.content.decode()]


def test_password_field_keeps_the_browser_from_filling_in(owner: Client, server: IncomingServer) -> None:
    widget = str(owner.get(url("change", server)).context["form"]["password"])

    assert 'autocomplete="new-password"' in widget
    assert "value=" not in widget


@pytest.mark.parametrize(
    "host",
    ["https://imap.example.com", "imap.example.com/mail", "imap example.com", "imap.example.com:993", "a@example.com"],
)
def test_host_that_is_more_than_a_name_is_refused(owner: Client, server: IncomingServer, host: str) -> None:
    answer = owner.post(url("change", server), unchanged(host=host, password=SECRET))

    assert "host" in answer.context["form"].errors


def test_international_host_is_kept_in_ascii(owner: Client, server: IncomingServer) -> None:
    owner.post(url("change", server), unchanged(host="Bücher.Example.", password=SECRET))

    assert server.refreshed().host == "xn--bcher-kva.example"


def test_fetch_now_makes_the_server_due(owner: Client, server: IncomingServer) -> None:
    owner.post(url("poll", server))

    assert server.refreshed().next_poll_at <= clock.now()


def test_retrieval_is_switched_off_and_on_again(owner: Client, server: IncomingServer) -> None:
    owner.post(url("switch", server))
    was_off = not server.refreshed().is_active
    owner.post(url("switch", server), {"on": "1"})

    assert was_off
    assert server.refreshed().is_active
    assert server.refreshed().next_poll_at <= clock.now()


def test_mailbox_that_only_sends_gets_an_incoming_server(owner: Client, cast: Cast) -> None:
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), incoming())

    added = cast.mailbox.incoming_servers.get()
    assert added.is_primary
    assert added.next_poll_at <= clock.now()


def test_second_primary_incoming_server_is_not_added(owner: Client, server: IncomingServer) -> None:
    owner.post(reverse("mailboxes:incoming-add", args=[server.mailbox_id]), incoming())

    assert IncomingServer.objects.count() == 1


def test_server_is_found_through_its_own_mailbox_only(owner: Client, cast: Cast, server: IncomingServer) -> None:
    address = reverse("mailboxes:incoming-change", args=[cast.hidden_mailbox.pk, server.pk])

    assert owner.get(address).status_code == 404


@pytest.mark.parametrize("name", ["switch", "poll", "test", "change"])
def test_strangers_find_no_server(stranger: Client, server: IncomingServer, name: str) -> None:
    answer = stranger.post(url(name, server), unchanged(password=SECRET))

    assert answer.status_code == 404
    assert server.refreshed().is_active
    assert password_of(server) == "stored"


@pytest.mark.parametrize("name", ["switch", "poll", "test", "change"])
def test_members_change_no_server(member: Client, server: IncomingServer, name: str) -> None:
    assert member.post(url(name, server), unchanged(password=SECRET)).status_code == 403
    assert Mailbox.objects.get(pk=server.mailbox_id).incoming_servers.get().is_active


def refused_for_days(server: IncomingServer) -> None:
    now = clock.now()
    failure = ServerFailure(
        Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, "[AUTHENTICATIONFAILED] Invalid credentials"
    )
    IncomingServer.objects.filter(pk=server.pk).update(
        poll_token=(token := new_id()), refused_since=now - timedelta(days=4), failing_since=now - timedelta(days=4)
    )
    server.fail_poll(token, failure, now=now)


def test_paused_server_says_why_and_leads_to_what_mends_it(owner: Client, cast: Cast, server: IncomingServer) -> None:
    refused_for_days(server)

    page = owner.get(reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])).content.decode()

    assert f"{server.host} refused the sign-in for three days" in page
    assert "[AUTHENTICATIONFAILED] Invalid credentials" in page
    assert url("resume", server) in page
    assert url("change", server) in page
    assert url("poll", server) not in page


def test_member_sees_the_state_and_no_buttons(member: Client, cast: Cast, server: IncomingServer) -> None:
    refused_for_days(server)

    page = member.get(reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])).content.decode()

    assert f"{server.host} refused the sign-in for three days" in page
    assert url("resume", server) not in page
    assert "An owner or administrator can change it." in page


def test_try_again_ends_a_pause_and_begins_three_days_anew(owner: Client, server: IncomingServer) -> None:
    refused_for_days(server)
    assert server.refreshed().paused_at is not None

    owner.post(url("resume", server))

    resumed = server.refreshed()
    assert (resumed.paused_at, resumed.pause_reason, resumed.refused_since) == (None, "", None)
    assert resumed.next_poll_at <= clock.now()


def test_changed_settings_end_a_pause_and_what_failed_before_is_forgotten(
    owner: Client, server: IncomingServer
) -> None:
    refused_for_days(server)

    owner.post(url("change", server), unchanged(password=SECRET))

    changed = server.refreshed()
    assert (changed.paused_at, changed.failure_count, changed.last_failure) == (None, 0, "")


def test_pause_of_a_plan_is_ended_by_no_button_and_by_no_setting(owner: Client, server: IncomingServer) -> None:
    server.pause(PauseReason.PLAN, now=clock.now())

    answer = owner.post(url("resume", server), follow=True)
    owner.post(url("change", server), unchanged(password=SECRET))

    assert "Your plan does not include TLS for connected POP accounts" in answer.content.decode()
    assert server.refreshed().pause_reason == PauseReason.PLAN


def test_fetch_now_keeps_the_state_of_a_server_that_fails(owner: Client, server: IncomingServer) -> None:
    IncomingServer.objects.filter(pk=server.pk).update(failure_count=3, next_poll_at=clock.now() + timedelta(hours=1))

    owner.post(url("poll", server))

    assert server.refreshed().failure_count == 3
    assert server.refreshed().next_poll_at <= clock.now()
