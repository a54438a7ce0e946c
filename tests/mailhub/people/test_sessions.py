"""Where one is signed in, and the end of it: by hand, with a new password, and never by somebody else."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailhub import clock
from mailhub.people.models import Presence, SignedInBrowser
from mailhub.people.user_agents import words_for
from tests.factories import PASSWORD, Cast, signed_in
from tests.mailhub.people.conftest import link_in, words_of

pytestmark = pytest.mark.django_db

LIST, SECURITY = "people:session-list", "people:security"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def other_browser(cast: Cast) -> Client:
    """Sign the member in with Firefox, as a person does."""
    browser = Client(headers={"user-agent": FIREFOX})
    answer = browser.post(reverse("account_login"), {"login": cast.member.user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(reverse(SECURITY)).status_code == 200


def test_browsers_are_listed_in_words_with_this_one_marked(cast: Cast) -> None:
    other_browser(cast)
    here = signed_in(cast.member)

    page = here.get(reverse(LIST))

    assert [(words, is_this) for _row, words, is_this in page.context["sessions"]] == [
        ("Unknown browser", True),
        ("Firefox on Windows", False),
    ]
    assert "127.0.0.1" in words_of(page.content)


def test_one_browser_is_signed_out(cast: Cast) -> None:
    other, here = other_browser(cast), signed_in(cast.member)
    row = SignedInBrowser.objects.get(user_agent=FIREFOX)

    here.post(reverse("people:session-end", args=[row.pk]))

    assert (is_in(other), is_in(here)) == (False, True)
    assert not SignedInBrowser.objects.filter(pk=row.pk).exists()


def test_a_browser_of_somebody_else_is_not_found(cast: Cast) -> None:
    other = other_browser(cast)
    row = SignedInBrowser.objects.get()

    answer = signed_in(cast.owner).post(reverse("people:session-end", args=[row.pk]))

    assert answer.status_code == 404
    assert is_in(other)


def test_sign_out_everywhere_else_leaves_this_one_and_other_people(cast: Cast) -> None:
    others, here, owner = [other_browser(cast), other_browser(cast)], signed_in(cast.member), signed_in(cast.owner)
    is_in(owner)

    page = here.post(reverse("people:session-end-others"), follow=True)

    assert "2 others signed out." in words_of(page.content)
    assert [is_in(one) for one in (*others, here, owner)] == [False, False, True, True]


def test_a_new_password_ends_all_other_sessions_and_is_told_by_mail(cast: Cast) -> None:
    """SECURITY B132."""
    other, here = other_browser(cast), signed_in(cast.member)
    is_in(here)
    started = SignedInBrowser.objects.exclude(user_agent=FIREFOX).get()

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "quite another passphrase"})

    assert (is_in(other), is_in(here)) == (False, True)
    [kept] = SignedInBrowser.objects.all()
    assert (kept.pk, kept.started_at) == (started.pk, started.started_at)
    assert kept.session_key == here.session.session_key
    [message] = mail.outbox
    assert message.subject == "Your password was changed"
    assert message.to == [cast.member.user.email]


def test_a_reset_password_ends_all_sessions_and_is_told_by_mail(cast: Cast, client: Client) -> None:
    """SECURITY B132."""
    other, here = other_browser(cast), signed_in(cast.member)
    is_in(here)
    client.post(reverse("account_reset_password"), {"email": cast.member.user.email})
    form = client.get(link_in(mail.outbox[-1]), follow=True)

    client.post(form.redirect_chain[-1][0], {"password1": "quite another passphrase"})

    assert (is_in(other), is_in(here)) == (False, False)
    assert not SignedInBrowser.objects.exists()
    assert mail.outbox[-1].subject == "Your password was reset"


def test_signing_out_takes_the_browser_off_the_list(cast: Cast) -> None:
    other, here = other_browser(cast), signed_in(cast.member)

    other.post(reverse("account_logout"))

    assert len(here.get(reverse(LIST)).context["sessions"]) == 1


def test_a_session_that_is_over_is_not_listed(cast: Cast) -> None:
    other_browser(cast)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))

    page = signed_in(cast.member).get(reverse(LIST))

    assert len(page.context["sessions"]) == 1
    assert not SignedInBrowser.objects.filter(user_agent=FIREFOX).exists()


def test_a_request_writes_nothing_within_the_same_minute(cast: Cast) -> None:
    here = signed_in(cast.member)
    is_in(here)

    with CaptureQueriesContext(connection) as queries:
        is_in(here)

    assert not [one["sql"] for one in queries if re.match("INSERT|UPDATE|DELETE", one["sql"])]


def test_being_here_is_noted_again_after_a_minute(cast: Cast) -> None:
    here = signed_in(cast.member)
    is_in(here)
    long_ago = clock.now() - timedelta(hours=1)
    SignedInBrowser.objects.update(last_seen_at=long_ago)
    Presence.objects.update(last_active_at=long_ago)
    caches["process"].clear()

    is_in(here)

    assert SignedInBrowser.objects.get().last_seen_at > long_ago
    assert Presence.objects.get(membership=cast.member).last_active_at > long_ago


def test_a_refused_request_is_no_sign_of_anybody(cast: Cast) -> None:
    signed_in(cast.member).get(reverse("people:person-list"))

    assert not Presence.objects.exists()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {WEBKIT} Mobile Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_words(user_agent: str, words: str) -> None:
    assert words_for(user_agent) == words
