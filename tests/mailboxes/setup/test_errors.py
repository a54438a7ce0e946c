from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer, OutgoingServer, ServerError
from servers.models.errors import SHOWN
from tests.factories import Cast, make_incoming, make_outgoing

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(cast: Cast) -> IncomingServer:
    return make_incoming(cast.mailbox)


def errors_of(mailbox: Mailbox) -> str:
    return reverse("mailboxes:error-list", args=[mailbox.pk])


def refusal(words: str) -> ServerFailure:
    return ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, words)


def test_errors_stand_in_the_servers_own_words_with_advice(owner: Client, cast: Cast, server: IncomingServer) -> None:
    ServerError.objects.record(server, refusal("[AUTHENTICATIONFAILED] <b>Invalid</b> credentials"), now=clock.now())

    text = owner.get(errors_of(cast.mailbox)).content.decode()

    assert "[AUTHENTICATIONFAILED] &lt;b&gt;Invalid&lt;/b&gt; credentials" in text
    assert "app password" in text


def test_repeated_error_is_one_row_with_its_count(owner: Client, cast: Cast, server: IncomingServer) -> None:
    for minutes in (3, 2, 1):
        ServerError.objects.record(server, refusal("No"), now=clock.now() - timedelta(minutes=minutes))

    text = owner.get(errors_of(cast.mailbox)).content.decode()

    assert text.count("error-item") == 1
    assert "3 times" in text


def test_newest_error_comes_first_and_pages_go_on(owner: Client, cast: Cast, server: IncomingServer) -> None:
    now = clock.now()
    for number in range(60):
        words = f"Refused {chr(97 + number % 26)}{chr(97 + number // 26)}"
        ServerError.objects.record(server, refusal(words), now=now - timedelta(minutes=number))

    first, second = owner.get(errors_of(cast.mailbox)), owner.get(errors_of(cast.mailbox), {"page": 2})

    assert first.context["page"][0].words == "Refused aa"
    assert len(second.context["page"]) == 10


def test_clear_empties_the_list_of_this_mailbox_only(owner: Client, cast: Cast, server: IncomingServer) -> None:
    other = make_incoming(cast.hidden_mailbox)
    ServerError.objects.record(server, refusal("No"), now=clock.now())
    ServerError.objects.record(other, refusal("No"), now=clock.now())

    owner.post(reverse("mailboxes:error-clear", args=[cast.mailbox.pk]))

    assert [error.mailbox for error in ServerError.objects.all()] == [cast.hidden_mailbox]


def test_member_reads_errors_and_clears_none(member: Client, cast: Cast, server: IncomingServer) -> None:
    ServerError.objects.record(server, refusal("No"), now=clock.now())

    answer = member.post(reverse("mailboxes:error-clear", args=[cast.mailbox.pk]))

    assert member.get(errors_of(cast.mailbox)).status_code == 200
    assert answer.status_code == 403
    assert ServerError.objects.exists()


def test_strangers_clear_nothing(stranger: Client, cast: Cast, server: IncomingServer) -> None:
    ServerError.objects.record(server, refusal("No"), now=clock.now())

    answer = stranger.post(reverse("mailboxes:error-clear", args=[cast.mailbox.pk]))

    assert answer.status_code == 404
    assert ServerError.objects.exists()


def fail(
    server: IncomingServer | OutgoingServer, words: str, *, hours: int = 0, kind: FailureKind = FailureKind.TRANSIENT
) -> None:
    failure = ServerFailure(Operation.CONNECT, kind, words)
    ServerError.objects.record(server, failure, now=clock.now() - timedelta(hours=hours))


def shown(browser: Client, mailbox: Mailbox, **query: str) -> list[str]:
    return [error.words for error in browser.get(errors_of(mailbox), query).context["page"]]


def test_filters_show_what_was_asked_for(owner: Client, cast: Cast, server: IncomingServer) -> None:
    outgoing = make_outgoing(cast.mailbox)
    fail(server, "away")
    fail(server, "long ago", hours=30)
    fail(outgoing, "wrong certificate", kind=FailureKind.CERTIFICATE)
    ServerError.objects.record(server, refusal("refused"), now=clock.now() - timedelta(days=9))

    assert shown(owner, cast.mailbox) == ["wrong certificate", "away", "long ago", "refused"]
    assert shown(owner, cast.mailbox, server=str(outgoing.pk)) == ["wrong certificate"]
    assert shown(owner, cast.mailbox, operation="sign_in") == ["refused"]
    assert shown(owner, cast.mailbox, kind="certificate") == ["wrong certificate"]
    assert shown(owner, cast.mailbox, period="day") == ["wrong certificate", "away"]
    assert shown(owner, cast.mailbox, period="week", server=str(server.pk)) == ["away", "long ago"]


def test_chips_keep_the_other_filters_and_mark_what_is_chosen(
    owner: Client, cast: Cast, server: IncomingServer
) -> None:
    fail(server, "away")
    ServerError.objects.record(server, refusal("refused"), now=clock.now())

    page = owner.get(errors_of(cast.mailbox), {"kind": "transient"}).content.decode()

    assert '<a class="chip" href="?kind=transient" aria-current="true">Temporary</a>' in page
    assert 'href="?kind=transient&amp;period=week"' in page


@pytest.mark.parametrize("query", ["operation=x", "kind=%00", "period=century", "page=-1", "page=x&kind=", "server="])
def test_what_nobody_offers_filters_nothing(owner: Client, cast: Cast, server: IncomingServer, query: str) -> None:
    fail(server, "away")

    answer = owner.get(f"{errors_of(cast.mailbox)}?{query}")

    assert [error.words for error in answer.context["page"]] == ["away"]


def test_server_of_another_mailbox_is_not_found(owner: Client, cast: Cast, server: IncomingServer) -> None:
    other = make_incoming(cast.hidden_mailbox)

    for unknown in (str(other.pk), "garbage", "\0"):
        assert owner.get(errors_of(cast.mailbox), {"server": unknown}).status_code == 404


def test_clear_of_one_server_keeps_those_of_the_others(owner: Client, cast: Cast, server: IncomingServer) -> None:
    outgoing = make_outgoing(cast.mailbox)
    fail(server, "away")
    fail(outgoing, "wrong certificate")
    clear = reverse("mailboxes:error-clear", args=[cast.mailbox.pk])

    assert owner.post(clear, {"server": str(make_incoming(cast.hidden_mailbox).pk)}).status_code == 404
    owner.post(clear, {"server": str(outgoing.pk)})

    assert shown(owner, cast.mailbox) == ["away"]


def test_next_page_keeps_the_filters(owner: Client, cast: Cast, server: IncomingServer) -> None:
    for number in range(51):
        fail(server, f"away {'x' * number}")

    page = owner.get(errors_of(cast.mailbox), {"kind": "transient", "period": "day"}).content.decode()

    assert 'href="?kind=transient&amp;period=day&amp;page=2"' in page


def test_only_the_newest_thousand_are_shown_and_kept(owner: Client, cast: Cast, server: IncomingServer) -> None:
    now = clock.now()
    ServerError.objects.bulk_create(
        ServerError(
            tenant=cast.tenant,
            mailbox=cast.mailbox,
            incoming_server=server,
            operation=Operation.CONNECT,
            words=f"error {number}",
            fingerprint=str(number),
            first_at=now,
            last_at=now - timedelta(minutes=number),
        )
        for number in range(SHOWN + 5)
    )

    assert owner.get(errors_of(cast.mailbox)).context["page"].paginator.count == SHOWN
    assert ServerError.objects.trim() == 5
    assert ServerError.objects.trim() == 0
    assert not ServerError.objects.filter(words=f"error {SHOWN}").exists()


def test_page_costs_as_many_queries_for_many_errors_as_for_one(
    owner: Client, cast: Cast, server: IncomingServer
) -> None:
    outgoing = make_outgoing(cast.mailbox)
    fail(server, "away")
    owner.get(errors_of(cast.mailbox))

    with CaptureQueriesContext(connection) as one:
        owner.get(errors_of(cast.mailbox))
    for number in range(40):
        fail(outgoing if number % 2 else server, f"away {'x' * number}")
    with CaptureQueriesContext(connection) as many:
        owner.get(errors_of(cast.mailbox))

    assert len(many) == len(one)
