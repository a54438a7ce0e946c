"""What is limited, and that nobody is locked out for ever (SECURITY B131, B134, B142)."""

from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailhub.tenancy.models import User
from tests.factories import PASSWORD, Cast, signed_in
from tests.mailhub.people.conftest import StoppedClock, code_of, with_app, words_of

pytestmark = pytest.mark.django_db

LOGIN, RESET = "account_login", "account_reset_password"


def attempt(address: str, password: str, *, by: str = "192.0.2.1", client: Client | None = None) -> str:
    """Try to sign in from a network address; return "in", "wrong", "throttled" or "429"."""
    browser = client or Client()
    answer = browser.post(reverse(LOGIN), {"login": address, "password": password}, REMOTE_ADDR=by)
    if answer.status_code == 429:
        return "429"
    if answer.status_code == 302:
        return "in"
    return "throttled" if "Too many wrong passwords" in words_of(answer.content) else "wrong"


def test_tries_from_one_address_are_throttled_and_the_person_gets_in_elsewhere(
    cast: Cast, stopped_clock: StoppedClock
) -> None:
    address, browser = cast.member.user.email, Client()

    tries = Counter(attempt(address, f"guess {number}", client=browser) for number in range(100))
    there = attempt(address, PASSWORD)
    elsewhere = attempt(address, PASSWORD, by="198.51.100.7")

    assert tries == {"wrong": 5, "throttled": 25, "429": 70}
    assert there == "429"
    assert elsewhere == "in"


def test_the_page_for_too_many_tries_is_ours(cast: Cast, client: Client) -> None:
    for _ in range(31):
        answer = client.post(reverse(LOGIN), {"login": "x@x.example", "password": "x"})

    assert answer.status_code == 429
    assert "Wait a few minutes" in words_of(answer.content)


def test_the_window_ends(cast: Cast, stopped_clock: StoppedClock) -> None:
    address = cast.member.user.email
    for number in range(35):
        attempt(address, f"guess {number}")
    assert attempt(address, PASSWORD) == "429"

    stopped_clock.go_on(minutes=5, seconds=1)
    assert attempt(address, PASSWORD) == "in"


def test_many_addresses_that_guess_for_one_person_are_throttled_but_not_the_browser_that_is_known(
    cast: Cast, stopped_clock: StoppedClock
) -> None:
    address, known = cast.member.user.email, Client()
    assert attempt(address, PASSWORD, by="203.0.113.9", client=known) == "in"
    known.post(reverse("account_logout"))

    tries = Counter(attempt(address, f"guess {one}", by=f"198.51.100.{one}") for one in range(100))
    stranger_with_password = attempt(address, PASSWORD, by="192.0.2.77")
    own_browser = attempt(address, PASSWORD, by="203.0.113.9", client=known)

    assert tries == {"wrong": 29, "throttled": 71}
    assert stranger_with_password == "throttled"
    assert own_browser == "in"


def test_a_known_browser_is_known_for_its_people_only(cast: Cast, stopped_clock: StoppedClock) -> None:
    guesser = Client()
    attempt(cast.stranger.user.email, PASSWORD, client=guesser)
    guesser.post(reverse("account_logout"))
    for one in range(30):
        attempt(cast.member.user.email, "guess", by=f"198.51.100.{one}")

    assert attempt(cast.member.user.email, PASSWORD, by="192.0.2.77", client=guesser) == "throttled"


def test_guessing_for_one_person_hinders_no_other(cast: Cast, stopped_clock: StoppedClock) -> None:
    for _ in range(6):
        attempt(cast.member.user.email, "guess")

    assert attempt(cast.owner.user.email, PASSWORD) == "in"


def test_codes_of_the_second_step_are_limited(cast: Cast, client: Client, stopped_clock: StoppedClock) -> None:
    with_app(cast.member.user)
    attempt(cast.member.user.email, PASSWORD, client=client)
    for number in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})

    answer = client.post(reverse("mfa_authenticate"), {"code": code_of()})

    assert answer.status_code == 200
    assert "Too many wrong passwords or codes" in words_of(answer.content)
    stopped_clock.go_on(minutes=5, seconds=1)
    assert client.post(reverse("mfa_authenticate"), {"code": code_of()}).status_code == 302


@pytest.mark.parametrize(
    ("name", "content", "allowed"),
    [
        ("account_signup", {"email": "nobody"}, 20),
        (RESET, {"email": "nobody{}@x.example"}, 20),
        ("mfa_login_webauthn", {"credential": "null"}, 10),
    ],
)
def test_other_ways_in_are_limited_too(
    client: Client, name: str, content: dict[str, str], allowed: int, stopped_clock: StoppedClock
) -> None:
    statuses = [
        client.post(reverse(name), {key: value.format(number) for key, value in content.items()}).status_code
        for number in range(allowed + 5)
    ]

    assert 429 not in statuses[:allowed]
    assert statuses[allowed:] == [429] * 5


def test_accepting_and_sending_invitations_is_limited(cast: Cast, client: Client, stopped_clock: StoppedClock) -> None:
    owner = signed_in(cast.owner)
    values = {"addresses": "nora@new.example", "role": "member"}
    sent = [owner.post(reverse("people:invitation-add"), values).status_code for _ in range(32)]
    link = str(mail.outbox[-1].body).partition("http://localhost:8000")[2].split()[0]
    tried = [client.post(link, {"name": "", "password": "x"}).status_code for _ in range(22)]

    assert sent == [302] * 30 + [429] * 2
    assert tried == [422] * 20 + [429] * 2


def test_a_reset_for_an_unknown_person_looks_and_works_the_same(cast: Cast) -> None:
    """SECURITY B131: the same page, and the same class of work: one mail, and queries of the same number or nearly."""
    pages, counts = [], []
    for address in (cast.member.user.email, "nobody@people.example"):
        browser = Client()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(reverse(RESET), {"email": address})
        pages.append(words_of(browser.get(answer["Location"]).content))
        counts.append(len(queries))

    assert pages[0] == pages[1]
    assert len(mail.outbox) == 2
    assert abs(counts[0] - counts[1]) <= 2


@pytest.mark.parametrize("lookalike", ["ınfo@x.example", "İnfo@x.example", "infο@x.example", "ｉnfo@x.example"])
def test_an_address_that_looks_alike_is_not_matched(client: Client, lookalike: str) -> None:
    """SECURITY B134."""
    user = User.objects.create_user("info@x.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)

    client.post(reverse(RESET), {"email": lookalike})

    assert not any("password/reset/key" in str(message.body) for message in mail.outbox)
    assert attempt(lookalike, PASSWORD) != "in"


def test_a_password_like_the_address_is_refused_in_our_words(client: Client) -> None:
    values = {"name": "Nora", "account_name": "New", "email": "nora.newman@x.example", "password1": "nora.newman@x"}

    answer = client.post(reverse("account_signup"), values)

    assert "too similar to the e-mail address" in words_of(answer.content)
