from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Mailbox
from mailhub import clock
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer, ServerError
from tests.factories import Cast, make_incoming

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
