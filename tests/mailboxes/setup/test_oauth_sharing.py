"""One OAuth sign-in for several servers of a mailbox."""

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes import deleting
from mailhub import clock
from mailhub.lib.secret import Secret
from servers.models import IncomingServer, OAuthCredential, OutgoingServer
from tests.factories import Cast, make_incoming, make_oauth, make_outgoing
from tests.mailboxes.setup.typed import mailbox
from tests.mailboxes.setup.typed_oauth import GMAIL, UNKNOWN, credential_of, errors, oauth, receiving, sending, url

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(owner: Client, cast: Cast) -> IncomingServer:
    """An incoming server that was added with a refresh token of Gmail."""
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving())
    found: IncomingServer = IncomingServer.objects.get()
    return found


def test_new_mailbox_sends_with_the_sign_in_that_it_receives_with(owner: Client) -> None:
    owner.post(reverse("mailboxes:mailbox-add"), mailbox() | receiving() | sending(same_sign_in="on"))

    receives, sends = IncomingServer.objects.get(), OutgoingServer.objects.get()
    assert receives.oauth_id == sends.oauth_id
    assert sends.username == receives.username
    assert sends.password is None


def test_new_mailbox_says_once_what_is_missing_for_both(owner: Client) -> None:
    typed = mailbox() | receiving() | oauth(GMAIL, refresh_token="") | sending(same_sign_in="on")

    answer = owner.post(reverse("mailboxes:mailbox-add"), typed)

    form = answer.context["form"]
    assert set(form.incoming.errors) == {"oauth_refresh_token"}
    assert set(form.outgoing.errors) == {"__all__"}


def test_outgoing_server_uses_the_sign_in_of_the_incoming_one(
    owner: Client, cast: Cast, server: IncomingServer
) -> None:
    owner.post(reverse("mailboxes:outgoing-add", args=[cast.mailbox.pk]), sending(same_sign_in="on"))

    assert OutgoingServer.objects.get().oauth_id == server.oauth_id
    assert OutgoingServer.objects.get().username == server.username


@pytest.mark.parametrize("host", ["smtp.attacker.example", "gmail.com.attacker.example", "notgmail.com"])
def test_sign_in_is_not_shared_with_servers_of_somebody_else(
    owner: Client, cast: Cast, server: IncomingServer, host: str
) -> None:
    """SECURITY B100."""
    answer = owner.post(
        reverse("mailboxes:outgoing-add", args=[cast.mailbox.pk]), sending(same_sign_in="on", host=host)
    )

    assert set(errors(answer)) == {"host"}
    assert not OutgoingServer.objects.exists()


@pytest.mark.parametrize(
    ("host", "is_shared"),
    [("smtp.harbor.example", True), ("imap.harbor.example", True), ("smtp.other.example", False)],
)
def test_sign_in_of_an_unknown_provider_stays_within_its_domain(
    owner: Client,
    cast: Cast,
    host: str,
    is_shared: bool,
) -> None:
    owner.post(
        reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(UNKNOWN, host="imap.harbor.example")
    )

    owner.post(reverse("mailboxes:outgoing-add", args=[cast.mailbox.pk]), sending(same_sign_in="on", host=host))

    assert OutgoingServer.objects.exists() == is_shared


def test_sharing_needs_an_incoming_server_with_oauth(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox)

    page = owner.get(reverse("mailboxes:outgoing-add", args=[cast.mailbox.pk]))

    assert "same_sign_in" not in page.context["form"].fields


def test_new_secret_of_a_shared_sign_in_serves_both(owner: Client, cast: Cast, server: IncomingServer) -> None:
    sends = make_outgoing(cast.mailbox, oauth=server.oauth, username=server.username)

    owner.post(url(server), receiving() | oauth(GMAIL, refresh_token="another"))

    assert credential_of(sends).grant().refresh_token == Secret("another")


def test_another_account_for_one_leaves_the_other_as_it_was(owner: Client, cast: Cast, server: IncomingServer) -> None:
    sends = make_outgoing(cast.mailbox, oauth=server.oauth, username=server.username)

    owner.post(url(server), receiving(username="somebody@example.com"))

    assert credential_of(sends).pk != credential_of(server).pk
    assert credential_of(sends).username == "support@example.com"


def test_sending_that_never_worked_gets_the_new_sign_in_too(owner: Client, cast: Cast) -> None:
    receives = make_incoming(cast.mailbox, username="support@example.com")
    sends, elsewhere = (
        make_outgoing(cast.mailbox, username="support@example.com", host=host, is_default=is_default)
        for host, is_default in (("smtp.gmail.com", True), ("smtp.other.example", False))
    )

    owner.post(url(receives), receiving() | {"incoming-also_sending": "on"})

    assert credential_of(sends).pk == credential_of(receives).pk
    assert elsewhere.refreshed().oauth is None


def test_deleting_the_outgoing_server_keeps_what_the_incoming_one_uses(
    owner: Client, cast: Cast, server: IncomingServer
) -> None:
    sends = make_outgoing(cast.mailbox, oauth=server.oauth)

    owner.post(url(sends, "delete"))

    assert credential_of(server)


def test_sign_in_goes_with_its_last_server(owner: Client, cast: Cast) -> None:
    sends = make_outgoing(cast.mailbox, oauth=make_oauth(cast.mailbox, refresh_token="secret"))

    owner.post(url(sends, "delete"))

    assert not OAuthCredential.objects.exists()


def test_sign_in_goes_with_its_mailbox(cast: Cast, server: IncomingServer) -> None:
    make_outgoing(cast.mailbox, oauth=server.oauth)

    deleting.delete(cast.mailbox.refreshed(), successor=cast.hidden_mailbox, now=clock.now())

    assert not OAuthCredential.objects.exists()
