"""Requests that name another host or come from another site (SECURITY B129, B133)."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.walls.naming import targets_of
from tests.walls.registry import REGISTRY, routes
from tests.walls.world import OWNER, World, rows_by_label

ROUTES = dict(routes())
# Mail programs post to the first without having seen the page (RFC 8058 §3.2), the payment provider to the second: the
# link, or the signature, is the proof.
ASKING_FOR_NO_TOKEN = {"sequences:unsubscribe", "billing:gateway-events"}
TAKING_FORMS = sorted({name for name, route in REGISTRY.items() if "POST" in route.answers} - ASKING_FOR_NO_TOKEN)

pytestmark = pytest.mark.django_db


def test_another_host_is_refused(world: World, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["mail.example.com"]

    responses = [Client().get(reverse("account_login"), headers={"host": host}) for host in ("evil.example", "a,b")]

    assert [one.status_code for one in responses] == [400, 400]


def test_a_forwarded_host_changes_nothing(world: World, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["mail.example.com"]
    headers = {"host": "mail.example.com", "x-forwarded-host": "evil.example"}

    response = Client().get(reverse("shell:home"), headers=headers)

    assert response["Location"].startswith("/accounts/login/")
    assert b"evil" not in response.content


@pytest.mark.parametrize("header", ["host", "x-forwarded-host"])
def test_links_in_mail_lead_to_the_configured_site(world: World, settings: Settings, header: str) -> None:
    settings.SITE_URL = "https://mail.example.com"
    address = world.memberships[OWNER].user.email

    Client().post(reverse("account_reset_password"), {"email": address}, headers={header: "evil.example"})

    [message] = mail.outbox
    assert "https://mail.example.com/accounts/password/reset/key/" in message.body
    assert "evil.example" not in message.body


@pytest.mark.parametrize("name", TAKING_FORMS)
def test_a_form_without_its_token_is_refused(world: World, name: str) -> None:
    browser = _careful_browser(world)
    target = targets_of(world, ROUTES[name])[0]
    before = rows_by_label(world)

    response = browser.post(reverse(name, kwargs=target.ids), REGISTRY[name].form(target.place))

    assert response.status_code == 403
    assert rows_by_label(world) == before


def test_a_form_from_another_site_is_refused_although_it_has_a_token(world: World) -> None:
    browser = _careful_browser(world)
    browser.get(reverse("shell:profile"))
    token = browser.cookies["csrftoken"].value
    form = {"name": "New", "time_zone": "UTC", "csrfmiddlewaretoken": token}

    foreign = browser.post(reverse("shell:profile"), form, headers={"origin": "https://evil.example"})
    own = browser.post(reverse("shell:profile"), form, headers={"origin": "http://localhost:8000"})

    assert foreign.status_code == 403
    assert own.status_code == 302


def _careful_browser(world: World) -> Client:
    """Return a browser for which the site asks for tokens, as it does for real ones."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.memberships[OWNER].user)
    return browser
