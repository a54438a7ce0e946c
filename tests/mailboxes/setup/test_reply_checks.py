"""The reply check on the pages: started, watched, explained, and seen in the list."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mailboxes import reply_checking
from mailboxes.models import Mailbox, ReplyCheck, ReplyProbe
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import FolderRole, OutgoingServer
from servers.models.outgoing import Transport
from tests.factories import Cast, make_incoming, make_mailbox, make_outgoing

LIST = "/mailboxes/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    make_incoming(cast.mailbox)
    return make_outgoing(cast.mailbox, from_address="support@acme.example", reply_to="answers@acme.example")


def url(name: str, server: OutgoingServer) -> str:
    return reverse(f"mailboxes:{name}", args=[server.mailbox_id, server.pk])


def text_of(browser: Client, path: str, *, htmx: bool = False) -> str:
    html = browser.get(path, headers=HTMX if htmx else {}).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def check(server: OutgoingServer, state: ReplyProbe.State, *, words: str = "", **values: object) -> ReplyCheck:
    """Start a check and let every probe of it end in one state."""
    now = clock.now()
    with tenant_scope(server.tenant_id):
        server = OutgoingServer.objects.select_related("mailbox").get(pk=server.pk)
        started = reply_checking.start(server, ReplyCheck.Reason.ASKED, now=now - timedelta(days=3))
        started.probes.update(state=state, words=words, sent_at=now, **values)
        ReplyCheck.objects.filter(pk=started.pk).update(finished_at=now - timedelta(days=3))
    return started


def test_check_is_started_from_the_page(owner: Client, cast: Cast, server: OutgoingServer) -> None:
    page = text_of(owner, reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]))
    assert "Not yet checked whether answers arrive here" in page

    response = owner.post(url("outgoing-check", server), headers=HTMX)

    assert "Send to the From address support@acme.example" in response.content.decode()
    assert "every 2s" in response.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert ReplyCheck.objects.get().reason == ReplyCheck.Reason.ASKED


def test_without_scripts_the_check_has_a_page_of_its_own(owner: Client, server: OutgoingServer) -> None:
    response = owner.post(url("outgoing-check", server))

    assert response["Location"] == url("reply-check", server)
    assert "On its way." in text_of(owner, response["Location"])


def test_result_stands_beside_the_server(owner: Client, cast: Cast, server: OutgoingServer) -> None:
    check(server, ReplyProbe.State.ARRIVED, arrived_at=clock.now() + timedelta(seconds=7))

    page = text_of(owner, reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]))
    details = text_of(owner, url("reply-check", server), htmx=True)

    assert "Reply check 3 days ago" in page
    assert "Everything that was sent came back within 7 seconds" in details
    assert details.count("Arrived after 7 s") == 2
    assert "every 2s" not in owner.get(url("reply-check", server), headers=HTMX).content.decode()


def test_failure_says_why_and_what_to_do(owner: Client, cast: Cast, server: OutgoingServer) -> None:
    check(server, ReplyProbe.State.MISSING)

    page = text_of(owner, reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]))
    details = text_of(owner, url("reply-check", server), htmx=True)

    assert "Nothing arrived within 10 minutes." in page
    assert "Why?" in page
    assert "Again" in page
    assert f"Have mail to answers@acme.example redirected to {cast.mailbox.address}" in details


def test_refusal_is_shown_in_the_servers_words(owner: Client, server: OutgoingServer) -> None:
    check(server, ReplyProbe.State.NOT_SENT, words="550 <b>no</b> relaying")

    html = owner.get(url("reply-check", server)).content.decode()

    assert "550 &lt;b&gt;no&lt;/b&gt; relaying" in html


def test_junk_is_said(owner: Client, server: OutgoingServer) -> None:
    check(server, ReplyProbe.State.ARRIVED, folder_role=FolderRole.JUNK, arrived_at=clock.now())

    assert "in the Junk folder" in text_of(owner, url("reply-check", server))


def test_mailbox_that_only_sends_is_explained(owner: Client, cast: Cast) -> None:
    server = make_outgoing(cast.mailbox)

    response = owner.post(url("outgoing-check", server), headers=HTMX)

    assert "nothing can arrive here" in response.content.decode()


def test_member_sees_the_result_and_starts_none(member: Client, cast: Cast, server: OutgoingServer) -> None:
    assert member.get(url("reply-check", server)).status_code == 200
    assert member.post(url("outgoing-check", server)).status_code == 403
    page = member.get(reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])).content.decode()
    assert url("outgoing-check", server) not in page


def test_list_shows_the_worst_of_all_servers(owner: Client, cast: Cast, server: OutgoingServer) -> None:
    second = make_outgoing(cast.mailbox, is_default=False, from_address="second@acme.example")
    check(server, ReplyProbe.State.ARRIVED, arrived_at=clock.now())
    check(second, ReplyProbe.State.MISSING)

    assert "reply check failed" in text_of(owner, LIST)


@pytest.mark.parametrize("count", [1, 5])
def test_list_asks_no_more_for_more_mailboxes(
    owner: Client, cast: Cast, server: OutgoingServer, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    check(server, ReplyProbe.State.ARRIVED, arrived_at=clock.now())
    for _ in range(count):
        mailbox = make_mailbox(cast.tenant)
        make_incoming(mailbox)
        check(make_outgoing(mailbox), ReplyProbe.State.ARRIVED, arrived_at=clock.now())
    owner.get(LIST)

    with django_assert_max_num_queries(15) as asked:
        owner.get(LIST)

    assert sum("replycheck" in one["sql"].partition("WHERE")[0] for one in asked.captured_queries) == 2


def test_platform_server_asks_for_no_host(owner: Client, cast: Cast) -> None:
    path = reverse("mailboxes:outgoing-add-platform", args=[cast.mailbox.pk])
    content = {"from_address": "support@acme.example", "display_name": "Acme", "name": "", "reply_to": ""}
    assert 'name="host"' not in owner.get(path).content.decode()

    owner.post(path, {**content, "host": "smtp.evil.example", "transport": "smtp"})

    with tenant_scope(cast.tenant.pk):
        server = OutgoingServer.objects.get()
    assert (server.transport, server.host, server.authenticate) == (Transport.PLATFORM, "", False)
    assert server.is_default
    page = text_of(owner, reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]))
    assert "through the platform's server" in page.replace("&#x27;", "'")
    with tenant_scope(cast.tenant.pk):
        assert Mailbox.objects.get(pk=cast.mailbox.pk).direct_address in page


def test_platform_server_is_changed_on_its_own_page(owner: Client, cast: Cast) -> None:
    server = make_outgoing(cast.mailbox, transport=Transport.PLATFORM, host="", authenticate=False)
    smtp = make_outgoing(cast.mailbox, is_default=False)

    assert owner.get(url("outgoing-change", server))["Location"] == url("outgoing-change-platform", server)
    assert owner.get(url("outgoing-change-platform", smtp)).status_code == 404
    owner.post(url("outgoing-change-platform", server), {"from_address": "new@acme.example", "display_name": "New"})

    with tenant_scope(cast.tenant.pk):
        assert OutgoingServer.objects.get(pk=server.pk).from_address == "new@acme.example"
