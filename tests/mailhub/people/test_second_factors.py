"""Two-factor sign-in: set up, asked for, lost; and what is said about it by mail (SPEC T6)."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailhub.lib.crypto import SealBroken
from mailhub.tenancy import second_factors
from tests.factories import PASSWORD, Cast, signed_in
from tests.mailhub.people.conftest import SECRET, code_of, with_app, words_of

pytestmark = pytest.mark.django_db

SET_UP = "mfa_activate_totp"


def prove(browser: Client) -> None:
    """Enter the password once more, as before a change of one's security."""
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302, words_of(answer.content)


def sign_in(browser: Client, cast: Cast, password: str = PASSWORD) -> str:
    """Enter address and password; return where that leads."""
    answer = browser.post(reverse("account_login"), {"login": cast.member.user.email, "password": password})
    return str(answer.headers.get("Location", ""))


def set_up(browser: Client) -> list[str]:
    """Set an authenticator app up; return the recovery codes that are shown then."""
    prove(browser)
    page = browser.get(reverse(SET_UP)).content.decode()
    secret = re.search(r'id="manual-key">([A-Z2-7]+)<', page)
    assert secret is not None
    answer = browser.post(reverse(SET_UP), {"code": code_of(secret[1])}, follow=True)
    return re.findall(r"<li><code>(\d{8})</code>", answer.content.decode())


def enter(browser: Client, code: str) -> int:
    """Enter a code as the second step; return 302 for one that is right."""
    return browser.post(reverse("mfa_authenticate"), {"code": code}).status_code


def test_an_app_is_set_up_with_a_qr_code_or_a_key_and_then_asked_for(cast: Cast, client: Client) -> None:
    owner_of_app = signed_in(cast.member)

    codes = set_up(owner_of_app)

    assert len(codes) == 10
    assert sign_in(client, cast) == reverse("mfa_authenticate")
    assert client.get(reverse("people:security")).status_code == 302
    assert enter(client, "000000") == 200


def test_a_code_of_the_app_completes_the_sign_in(cast: Cast, client: Client) -> None:
    with_app(cast.member.user)
    sign_in(client, cast)

    answer = client.post(reverse("mfa_authenticate"), {"code": code_of()}, follow=True)

    assert answer.redirect_chain[0][0] == "/"
    assert client.get(reverse("people:security")).status_code == 200


def test_a_code_of_the_app_works_once(cast: Cast, client: Client) -> None:
    with_app(cast.member.user)
    code = code_of()
    sign_in(client, cast)
    assert enter(client, code) == 302
    thief = Client()
    sign_in(thief, cast)

    assert enter(thief, code) == 200
    assert thief.get(reverse("people:security")).status_code == 302


@pytest.mark.parametrize(("steps", "status"), [(-1, 302), (1, 302), (-3, 200), (3, 200)])
def test_a_clock_may_be_half_a_minute_off(cast: Cast, client: Client, steps: int, status: int) -> None:
    with_app(cast.member.user)
    sign_in(client, cast)

    assert enter(client, code_of(steps=steps)) == status


def test_a_recovery_code_works_once(cast: Cast) -> None:
    codes = set_up(signed_in(cast.member))
    first, second = Client(), Client()
    sign_in(first, cast)
    sign_in(second, cast)

    assert enter(first, codes[0]) == 302
    assert enter(second, codes[0]) == 200
    assert enter(second, codes[1]) == 302


def test_recovery_codes_are_shown_once_and_new_ones_replace_them(cast: Cast) -> None:
    browser = signed_in(cast.member)
    codes = set_up(browser)

    again = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    new = browser.post(reverse("mfa_generate_recovery_codes"), follow=True).content.decode()

    assert not any(code in again for code in codes)
    assert len(re.findall(r"<li><code>\d{8}</code>", new)) == 10
    assert not any(code in new for code in codes)
    with_old = Client()
    sign_in(with_old, cast)
    assert enter(with_old, codes[0]) == 200


@pytest.mark.parametrize("name", [SET_UP, "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_a_change_asks_for_the_password_first(cast: Cast, name: str) -> None:
    answer = signed_in(cast.member).get(reverse(name))

    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_removing_the_app_is_told_by_mail_and_ends_the_second_step(cast: Cast, client: Client) -> None:
    browser = signed_in(cast.member)
    set_up(browser)
    mail.outbox.clear()

    browser.post(reverse("mfa_deactivate_totp"))

    [message] = mail.outbox
    assert message.subject == "Two-factor sign-in: authenticator app removed"
    assert message.to == [cast.member.user.email]
    assert "network address 127.0.0.1" in message.body
    assert not Authenticator.objects.exists()
    assert sign_in(client, cast) == "/"


def test_secrets_are_sealed_in_the_database(cast: Cast) -> None:
    browser = signed_in(cast.member)
    codes = set_up(browser)

    rows = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert not any(code in rows for code in codes)
    with_app(cast.owner.user)
    assert SECRET not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_secrets_open_after_the_former_key_is_gone(cast: Cast, client: Client, settings: Settings) -> None:
    """SECURITY B110."""
    with_app(cast.member.user)
    former = settings.MAILHUB_KEYS
    settings.MAILHUB_KEYS = {"new": "OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=", **former}

    resealed = second_factors.reseal_all()

    settings.MAILHUB_KEYS = {"new": settings.MAILHUB_KEYS["new"]}
    assert resealed == 1
    sign_in(client, cast)
    assert enter(client, code_of()) == 302
    settings.MAILHUB_KEYS = former
    with pytest.raises(SealBroken):
        second_factors.unseal(Authenticator.objects.get().data["secret"])


def test_a_new_password_does_not_pass_by_the_second_step(cast: Cast, client: Client) -> None:
    with_app(cast.member.user)
    client.post(reverse("account_reset_password"), {"email": cast.member.user.email})
    link = re.search(r"^http://localhost:8000(/\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert link is not None
    form = client.get(link[1], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another long passphrase"})

    assert sign_in(client, cast, "another long passphrase") == reverse("mfa_authenticate")


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", '"x"', "null", '{"response": {}}', '{"response": {"userHandle": "MQ"}}']
)
@pytest.mark.parametrize("name", ["mfa_login_webauthn", "mfa_authenticate"])
def test_a_passkey_that_is_none_is_refused(cast: Cast, client: Client, name: str, credential: str) -> None:
    with_app(cast.member.user)
    sign_in(client, cast)
    client.get(reverse(name), headers={"accept": "application/json"})

    answer = client.post(reverse(name), {"credential": credential}, follow=True)

    assert answer.status_code == 200
    assert client.get(reverse("people:security")).status_code == 302


def test_passkeys_belong_to_the_configured_host(cast: Cast, client: Client, settings: Settings) -> None:
    """SECURITY B129."""
    settings.SITE_URL = "https://mail.example.com"

    answer = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json", "host": "evil.example"})

    assert answer.json()["request_options"]["publicKey"]["rpId"] == "mail.example.com"
