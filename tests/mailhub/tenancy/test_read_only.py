"""What people meet in an account that is read-only, because an invoice is overdue."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.standing import Standing
from tests.factories import Cast, make_cast, make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    Tenant.objects.filter(pk=cast.tenant.pk).update(standing=Standing.READ_ONLY)
    return cast


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def test_a_form_is_refused_with_a_page_that_says_what_to_do_and_nothing_changes(cast: Cast, owner: Client) -> None:
    answer = owner.post(reverse("shell:account"), {"name": "Renamed", "time_zone": "UTC"})

    page = answer.content.decode()
    assert answer.status_code == 402
    assert "Nothing was changed" in page
    assert "Go back" in page
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme"


def test_a_fragment_is_refused_with_a_note_and_leaves_the_page_as_it_is(owner: Client) -> None:
    answer = owner.post(reverse("shell:account"), {"name": "Renamed"}, headers={"HX-Request": "true"})

    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert answer.status_code == 402
    assert toast["kind"] == "error"
    assert "read-only" in toast["message"]


def test_a_script_is_refused_in_its_own_words(owner: Client) -> None:
    answer = owner.post(reverse("shell:account"), {}, headers={"Accept": "application/json"})

    assert (answer.status_code, list(answer.json())) == (402, ["words"])


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_every_method_that_changes_is_refused(owner: Client, method: str) -> None:
    assert getattr(owner, method)(reverse("mailboxes:mailbox-list")).status_code == 402


@pytest.mark.parametrize("name", ["mailboxes:inbox", "mailboxes:mailbox-list", "shell:account", "billing:plan"])
def test_everything_can_be_read(owner: Client, name: str) -> None:
    assert owner.get(reverse(name)).status_code == 200


def test_a_person_goes_on_changing_what_is_their_own(cast: Cast, owner: Client) -> None:
    profile = owner.post(reverse("shell:profile"), {"name": "Ada Palmer", "time_zone": "Europe/Berlin"})
    signed_out = owner.post(reverse("account_logout"))

    assert (profile.status_code, signed_out.status_code) == (302, 302)
    assert Membership.objects.select_related("user").get(pk=cast.owner.pk).user.name == "Ada Palmer"


def test_a_person_of_two_accounts_leaves_for_the_other_one_and_works_there(cast: Cast) -> None:
    both = Membership.objects.create(tenant=cast.other_tenant, user=cast.owner.user, role="owner")
    owner = signed_in(cast.owner)

    switched = owner.post(reverse("shell:account-switch", args=[both.pk]))
    renamed = owner.post(reverse("shell:account"), {"name": "Initech", "time_zone": "UTC"})

    assert (switched.status_code, renamed.status_code) == (302, 302)
    assert Tenant.objects.get(pk=cast.other_tenant.pk).name == "Initech"


def test_what_a_person_may_not_do_anyway_is_refused_for_that_reason(cast: Cast) -> None:
    assert signed_in(cast.member).post(reverse("shell:account"), {"name": "Renamed"}).status_code == 403


def test_owners_can_still_change_what_they_pay_for(cast: Cast, owner: Client) -> None:
    answer = owner.post(reverse("billing:subscription-add"), {"name": "", "plan": ""})

    assert answer.status_code == 422


def test_an_administrator_learns_who_can_pay(cast: Cast) -> None:
    administrator = make_person(cast.tenant, "administrator")  # type: ignore[arg-type]

    page = signed_in(administrator).get(reverse("mailboxes:mailbox-list")).content.decode()

    assert f"{cast.owner.user.name} can pay it." in page
