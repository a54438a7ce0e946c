"""Signing up and in, confirming an address, and coming back after a forgotten password."""

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from tests.mailhub.shell.conftest import PASSWORD, Cast

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "name": "Nora New",
    "account_name": "Newcomers Ltd",
    "email": "nora@new.example",
    "password1": PASSWORD,
}


@pytest.fixture(autouse=True)
def _no_rate_limits(settings: Settings) -> None:
    # They live in the cache of the process and would carry over from test to test.
    settings.ACCOUNT_RATE_LIMITS = False


def _code_in(message: mail.EmailMessage) -> str:
    found = re.search(r"^    (\S+)$", str(message.body), re.MULTILINE)
    assert found is not None
    return found[1]


def _shown(page: str, address: str) -> str:
    """Return what people see of a page, without the address that they entered themselves."""
    words = re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main")[0])
    return " ".join(words.replace(address, "").split())


def test_sign_up_with_the_code_makes_the_person_owner(client: Client) -> None:
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    [message] = mail.outbox
    response = client.post("/accounts/confirm-email/", {"code": _code_in(message)}, follow=True)

    assert "nora@new.example" in page.content.decode()
    assert response.redirect_chain[-1][0] == "/start/"
    membership = Membership.objects.get(user__email="nora@new.example")
    assert (membership.role, membership.tenant.name) == (Role.OWNER, "Newcomers Ltd")


def test_code_is_in_the_body_of_the_mail_only(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)

    [message] = mail.outbox
    assert _code_in(message) not in message.subject
    assert "http://localhost:8000" in message.body


def test_wrong_code_is_refused_with_words(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)

    page = client.post("/accounts/confirm-email/", {"code": "WRONG"}).content.decode()

    assert "Incorrect code." in page
    assert 'aria-describedby="id_code_error"' in page


def test_sign_up_with_a_known_address_looks_the_same(client: Client, cast: Cast) -> None:
    known = {**SIGN_UP, "email": cast.owner.user.email}
    fresh_page = Client().post("/accounts/signup/", SIGN_UP, follow=True).content.decode()

    page = client.post("/accounts/signup/", known, follow=True).content.decode()

    assert _shown(page, cast.owner.user.email) == _shown(fresh_page, "nora@new.example")
    assert mail.outbox[-1].subject == "You have an account already"
    assert Tenant.objects.count() == 3


def test_start_again_leads_back_to_sign_up(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)

    response = client.post("/accounts/logout/", {"next": "/accounts/signup/"}, follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/signup/"


def test_short_password_is_explained_at_its_field(client: Client) -> None:
    page = client.post("/accounts/signup/", {**SIGN_UP, "password1": "short"}).content.decode()

    assert 'id="id_password1_error"' in page
    assert not User.objects.exists()


def test_wrong_password_is_refused_with_words(client: Client, cast: Cast) -> None:
    page = client.post("/accounts/login/", {"login": cast.owner.user.email, "password": "wrong"}).content.decode()

    assert 'role="alert"' in page


def test_password_is_reset_through_the_link_in_the_mail(client: Client, cast: Cast) -> None:
    client.post("/accounts/password/reset/", {"email": cast.owner.user.email}, HTTP_HOST="evil.example")
    [message] = mail.outbox
    link = re.search(r"^http://localhost:8000(\S+)$", str(message.body), re.MULTILINE)
    assert link is not None
    form = client.get(link[1], follow=True)
    client.post(
        form.redirect_chain[-1][0], {"password1": "another long passphrase", "password2": "another long passphrase"}
    )

    assert User.objects.get(pk=cast.owner.user_id).check_password("another long passphrase")


def test_used_reset_link_offers_a_new_one(client: Client) -> None:
    page = client.get("/accounts/password/reset/key/1-nothing/").content.decode()

    assert "This link is over" in page


@pytest.mark.parametrize("address", ["nobody@acme.example", "owner@acme.example"])
def test_reset_request_says_the_same_for_every_address(client: Client, cast: Cast, address: str) -> None:
    response = client.post("/accounts/password/reset/", {"email": address}, follow=True)

    assert response.redirect_chain[-1][0] == "/accounts/password/reset/done/"
    assert len(mail.outbox) == 1


def test_mail_to_an_unknown_address_carries_our_own_origin(client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": "nobody@acme.example"}, HTTP_HOST="evil.example")

    [message] = mail.outbox
    assert "http://localhost:8000/accounts/signup/" in message.body
    assert "evil.example" not in message.body


def test_confirmation_page_without_a_confirmation_sends_people_on(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner.user)

    response = client.get("/accounts/confirm-email/", follow=True)

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/"])
def test_pages_of_signed_in_people_open(client: Client, cast: Cast, path: str) -> None:
    client.force_login(cast.owner.user)

    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/accounts/3rdparty/", "/accounts/password/set/", "/accounts/login/code/"])
def test_routes_that_were_not_named_do_not_exist(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
