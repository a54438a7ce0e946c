"""Signing up once more before the address was confirmed, and codes that are asked for too often."""

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from tests.mailhub.shell.conftest import PASSWORD, Cast

pytestmark = pytest.mark.django_db

ADDRESS = "nora@new.example"
SIGN_UP = {"name": "Nora New", "account_name": "Newcomers Ltd", "email": ADDRESS, "password1": PASSWORD}
SECOND_SIGN_UP = {**SIGN_UP, "name": "Nora Newer", "account_name": "Newer Ltd", "password1": "quite another passphrase"}


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> Iterator[None]:
    """They live in the cache of the process and would carry over from test to test."""
    cache.clear()
    yield
    cache.clear()


def code_in(message: mail.EmailMessage) -> str:
    found = re.search(r"^    (\S+)$", str(message.body), re.MULTILINE)
    assert found is not None
    return found[1]


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def sign_in(client: Client, password: str = PASSWORD) -> str:
    answer = client.post("/accounts/login/", {"login": ADDRESS, "password": password}, follow=True)
    return words_of(answer.content.decode())


def test_second_sign_up_with_an_unproven_address_gets_a_code_that_works(client: Client) -> None:
    Client().post("/accounts/signup/", SIGN_UP)

    client.post("/accounts/signup/", SECOND_SIGN_UP)
    answer = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[-1])}, follow=True)

    assert answer.redirect_chain[-1][0] == "/start/"
    membership = Membership.objects.get(user__email=ADDRESS)
    assert (membership.user.name, membership.tenant.name) == ("Nora Newer", "Newer Ltd")
    assert membership.user.check_password("quite another passphrase")


def test_account_of_the_sign_up_that_was_given_up_is_gone(client: Client) -> None:
    Client().post("/accounts/signup/", SIGN_UP)

    client.post("/accounts/signup/", SECOND_SIGN_UP)

    assert [tenant.name for tenant in Tenant.objects.all()] == ["Newer Ltd"]
    assert User.objects.count() == EmailAddress.objects.count() == 1


def test_code_of_the_sign_up_that_was_given_up_opens_nothing(client: Client) -> None:
    first = Client()
    first.post("/accounts/signup/", SIGN_UP)
    client.post("/accounts/signup/", SECOND_SIGN_UP)

    first.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])}, follow=True)

    assert not EmailAddress.objects.filter(verified=True).exists()
    assert first.get("/settings/profile/").status_code == 302


def test_confirmed_address_is_never_replaced(client: Client) -> None:
    first = Client()
    first.post("/accounts/signup/", SIGN_UP)
    first.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])})

    client.post("/accounts/signup/", SECOND_SIGN_UP)

    assert mail.outbox[-1].subject == "You have an account already"
    assert Membership.objects.get(user__email=ADDRESS).tenant.name == "Newcomers Ltd"


def test_account_with_other_people_survives_a_second_sign_up(client: Client, cast: Cast) -> None:
    Client().post("/accounts/signup/", SIGN_UP)
    unproven = User.objects.get(email=ADDRESS)
    Membership.objects.create(tenant=cast.tenant, user=unproven, role=Role.MEMBER)

    client.post("/accounts/signup/", SECOND_SIGN_UP)

    assert Membership.objects.filter(tenant=cast.tenant).count() == 3
    assert mail.outbox[-1].subject == "You have an account already"


@pytest.mark.parametrize("is_unproven", [True, False])
def test_page_after_sign_up_is_the_same_for_every_address(client: Client, cast: Cast, is_unproven: bool) -> None:
    address = ADDRESS if is_unproven else cast.owner.user.email
    if is_unproven:
        Client().post("/accounts/signup/", SIGN_UP)
    fresh = {**SIGN_UP, "email": "fresh@new.example"}
    expected = Client().post("/accounts/signup/", fresh, follow=True).content.decode()

    page = client.post("/accounts/signup/", {**SIGN_UP, "email": address}, follow=True).content.decode()

    assert words_of(page).replace(address, "…") == words_of(expected).replace("fresh@new.example", "…")


def test_new_code_is_announced(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)

    page = client.post("/accounts/confirm-email/", {"action": "resend"}, follow=True).content.decode()

    assert "A new code is on its way to nora@new.example. Only the newest one works." in words_of(page)
    assert len(mail.outbox) == 2


def test_code_form_that_was_asked_too_often_leads_back_to_itself(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)
    sign_in(Client())

    client.post("/accounts/confirm-email/", {"action": "resend"})
    answer = client.post("/accounts/confirm-email/", {"action": "resend"})

    assert answer.status_code == 429
    assert 'href="/accounts/confirm-email/"' in answer.content.decode()
    confirmed = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[-1])}, follow=True)
    assert confirmed.redirect_chain[-1][0] == "/start/"


def test_right_password_after_too_many_codes_is_told_the_truth(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)
    for _ in range(3):
        client.post("/accounts/confirm-email/", {"action": "resend"})

    words = sign_in(Client())

    assert "We sent a code to this address a moment ago" in words
    assert "failed login" not in words


def test_wrong_password_learns_nothing_of_the_codes(client: Client) -> None:
    client.post("/accounts/signup/", SIGN_UP)
    for _ in range(3):
        client.post("/accounts/confirm-email/", {"action": "resend"})

    assert "E-mail address or password is wrong." in sign_in(Client(), "wrong")


def test_too_many_wrong_passwords_are_named_so(client: Client) -> None:
    for _ in range(12):
        words = sign_in(client, "wrong")

    assert "Too many wrong passwords or codes. Wait five minutes, then try again." in words


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/"])
def test_wrong_address_is_called_an_e_mail_address(client: Client, path: str) -> None:
    page = client.post(path, {"email": "nobody"}).content.decode()

    assert "Enter a valid e-mail address." in page


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", "UTC"), ("", "UTC")],
)
def test_person_and_account_start_in_the_time_zone_of_the_browser(client: Client, sent: str, kept: str) -> None:
    client.post("/accounts/signup/", {**SIGN_UP, "time_zone": sent})

    person = User.objects.get(email=ADDRESS)
    assert person.time_zone == kept
    assert person.memberships.get().tenant.time_zone == kept


def test_new_password_is_asked_for_once(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner.user)

    page = client.get("/accounts/password/change/").content.decode()
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "quite another passphrase"})

    assert "password2" not in page
    assert User.objects.get(pk=cast.owner.user_id).check_password("quite another passphrase")
