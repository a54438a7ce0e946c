"""The pages of the shell, and who may see them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from tests.mailhub.shell.conftest import Cast

AddMailbox = Callable[..., Mailbox]
SignedIn = Callable[[Membership], Client]


@pytest.mark.django_db
def test_home_asks_strangers_to_sign_in(client: Client) -> None:
    response = client.get("/")

    assert response.headers["Location"] == "/accounts/login/?next=/"


def test_home_leads_to_the_first_steps_until_a_mailbox_works(cast: Cast, signed_in: SignedIn) -> None:
    response = signed_in(cast.owner).get("/")

    assert response.headers["Location"] == "/start/"


def test_home_leads_to_the_inbox_once_a_mailbox_worked(
    cast: Cast, signed_in: SignedIn, add_mailbox: AddMailbox
) -> None:
    add_mailbox("Support", worked_at=clock.now())

    response = signed_in(cast.owner).get("/")

    assert response.headers["Location"] == reverse("mailboxes:inbox")


def test_first_steps_offer_an_owner_to_add_a_mailbox(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in(cast.owner).get("/start/").content.decode()

    assert reverse("mailboxes:mailbox-add") in page


def test_first_steps_tell_a_member_who_adds_mailboxes(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in(cast.member).get("/start/").content.decode()

    assert reverse("mailboxes:mailbox-add") not in page
    assert "An owner or administrator of Acme adds mailboxes" in page


def test_first_steps_mark_the_mailbox_that_exists_as_done(
    cast: Cast, signed_in: SignedIn, add_mailbox: AddMailbox
) -> None:
    add_mailbox("Support")

    steps = signed_in(cast.owner).get("/start/").context["steps"]

    assert [(step.name, step.is_done, step.is_next) for step in steps] == [
        ("mailbox", True, False),
        ("check", False, True),
        ("message", False, False),
    ]


def test_switch_goes_on_in_the_other_account_of_the_person(cast: Cast, signed_in: SignedIn) -> None:
    second = Tenant.objects.create_tenant("Zebra")
    membership = Membership.objects.create(tenant=second, user=cast.owner.user, role=Role.MEMBER)
    browser = signed_in(cast.owner)

    browser.post(f"/switch/{membership.pk}/")

    assert "Zebra" in browser.get("/settings/profile/").content.decode()
    assert browser.get("/settings/account/").status_code == 403


@pytest.mark.parametrize("whose", ["stranger", "member"])
def test_switch_does_not_find_a_membership_of_someone_else(cast: Cast, signed_in: SignedIn, whose: str) -> None:
    membership: Membership = getattr(cast, whose)

    response = signed_in(cast.owner).post(f"/switch/{membership.pk}/")

    assert response.status_code == 404


def test_switch_does_not_find_a_membership_that_ended(cast: Cast, signed_in: SignedIn) -> None:
    second = Tenant.objects.create_tenant("Zebra")
    ended = Membership.objects.create(tenant=second, user=cast.owner.user, is_active=False)

    response = signed_in(cast.owner).post(f"/switch/{ended.pk}/")

    assert response.status_code == 404


def test_switch_needs_a_post(cast: Cast, signed_in: SignedIn) -> None:
    response = signed_in(cast.owner).get(f"/switch/{cast.owner.pk}/")

    assert response.status_code == 405


def test_owner_renames_the_account(cast: Cast, signed_in: SignedIn) -> None:
    signed_in(cast.owner).post("/settings/account/", {"name": "Acme Industries", "time_zone": "UTC"})

    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme Industries"


def test_owner_moves_the_account_to_another_time_zone(cast: Cast, signed_in: SignedIn) -> None:
    response = signed_in(cast.owner).post("/settings/account/", {"name": "Acme", "time_zone": "america/new york"})

    assert response.status_code == 302
    assert Tenant.objects.get(pk=cast.tenant.pk).time_zone == "America/New_York"


@pytest.mark.parametrize("typed", ["", "Mars/Olympus", "../../etc/passwd", "x" * 5000, "a\x00b"])
def test_account_refuses_a_time_zone_that_does_not_exist(cast: Cast, signed_in: SignedIn, typed: str) -> None:
    response = signed_in(cast.owner).post("/settings/account/", {"name": "Renamed", "time_zone": typed})

    assert response.status_code == 422
    kept = Tenant.objects.get(pk=cast.tenant.pk)
    assert (kept.name, kept.time_zone) == ("Acme", "UTC")


def test_member_may_not_see_the_account_settings(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.member)

    page = browser.get("/settings/account/")

    assert page.status_code == 403
    assert "You may not do this" in page.content.decode()
    assert "/settings/account/" not in browser.get("/settings/profile/").content.decode()


def test_person_changes_name_and_time_zone(cast: Cast, signed_in: SignedIn) -> None:
    signed_in(cast.member).post("/settings/profile/", {"name": "Mia Member", "time_zone": "Europe/Berlin"})

    person = User.objects.get(pk=cast.member.user_id)
    assert (person.name, person.time_zone) == ("Mia Member", "Europe/Berlin")


def test_profile_refuses_a_time_zone_that_does_not_exist(cast: Cast, signed_in: SignedIn) -> None:
    response = signed_in(cast.member).post("/settings/profile/", {"name": "Mia", "time_zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert User.objects.get(pk=cast.member.user_id).time_zone == "UTC"


@pytest.mark.parametrize("typed", ["America/New_York", "america/new york", " America/New York "])
def test_profile_takes_a_time_zone_as_people_type_it(cast: Cast, signed_in: SignedIn, typed: str) -> None:
    signed_in(cast.member).post("/settings/profile/", {"name": "Mia", "time_zone": typed})

    assert User.objects.get(pk=cast.member.user_id).time_zone == "America/New_York"


def test_profile_offers_all_time_zones_to_search_in(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in(cast.member).get("/settings/profile/").content.decode()

    assert 'list="time-zones"' in page
    assert '<option value="Europe/Berlin">' in page


def test_person_without_an_account_is_told_what_to_do(cast: Cast, signed_in: SignedIn) -> None:
    Membership.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    browser = signed_in(cast.stranger)

    assert browser.get("/").headers["Location"] == "/no-account/"
    assert "You belong to no account" in browser.get("/no-account/").content.decode()


def test_no_account_page_sends_members_home(cast: Cast, signed_in: SignedIn) -> None:
    assert signed_in(cast.owner).get("/no-account/").headers["Location"] == "/"


def test_no_account_page_asks_strangers_to_sign_in(client: Client) -> None:
    assert client.get("/no-account/").headers["Location"] == "/accounts/login/?next=/no-account/"


def test_name_of_an_account_is_escaped_everywhere(cast: Cast, signed_in: SignedIn) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(name='<b>"Acme"</b>')

    page = signed_in(cast.owner).get("/settings/account/").content.decode()

    assert "<b>" not in page


def test_styleguide_is_for_developers_only(client: Client, settings: Settings) -> None:
    settings.DEBUG = False

    assert client.get("/styleguide/").status_code == 404


def test_styleguide_shows_every_part(client: Client, settings: Settings) -> None:
    settings.DEBUG = True

    page = client.get("/styleguide/").content.decode()

    assert page.count("<h2>") == 11


@pytest.mark.parametrize("path", ["/styleguide/", "/accounts/login/", "/accounts/signup/"])
def test_pages_have_no_inline_script_or_style(client: Client, settings: Settings, path: str) -> None:
    settings.DEBUG = True

    page = client.get(path).content.decode()

    assert " style=" not in page
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")


def test_address_that_leads_nowhere_has_a_way_out(client: Client) -> None:
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "Nothing is here" in response.content.decode()


def test_form_without_a_token_explains_itself(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.owner.user)

    response = browser.post("/settings/profile/", {"name": "Eve"})

    assert response.status_code == 403
    assert "The form was too old" in response.content.decode()
