"""Who gets to the operator's desk: to everybody else it is not there."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, reverse

from mailhub.operator.site import site
from mailhub.tenancy.access import OPERATOR
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from tests.factories import make_cast, signed_in
from tests.mailhub.operator.operating import make_operator

pytestmark = pytest.mark.django_db

DESK = reverse("admin:index")
LISTS = [reverse(f"admin:{one.list_route}") for one in site.desks()]
Factor = Authenticator.Type


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR])
@pytest.mark.parametrize("factor", [Factor.TOTP, Factor.WEBAUTHN])
def test_owners_and_administrators_of_the_platform_with_a_second_factor_enter(role: Role, factor: Any) -> None:
    operator = signed_in(make_operator(role, factor=factor))

    assert {operator.get(url).status_code for url in (DESK, *LISTS)} == {200}


def test_a_member_of_the_platform_finds_nothing() -> None:
    assert signed_in(make_operator(Role.MEMBER)).get(DESK).status_code == 404


@pytest.mark.parametrize("factor", [None, Factor.RECOVERY_CODES])
def test_without_a_second_factor_nothing_is_found(factor: Any) -> None:
    assert signed_in(make_operator(factor=factor)).get(DESK).status_code == 404


def test_owners_of_customers_find_nothing_with_a_second_factor_either() -> None:
    owner = make_cast().owner
    Authenticator.objects.create(user=owner.user, type=Factor.TOTP, data={})

    assert {signed_in(owner).get(url).status_code for url in (DESK, *LISTS)} == {404}


@pytest.mark.parametrize("path", ["/operator/", "/operator", "/operator/invoices", "/operator/login/", "/operator/x/"])
def test_a_stranger_cannot_tell_the_desk_from_nothing(client: Client, path: str) -> None:
    answer, nothing = client.get(path), client.get("/there-is-nothing/")

    assert answer.status_code == nothing.status_code == 404
    assert answer.headers.keys() == nothing.headers.keys()


def test_a_membership_that_is_ended_ends_with_the_next_request() -> None:
    membership = make_operator()
    browser = signed_in(membership)

    before = browser.get(DESK).status_code
    Membership.objects.filter(pk=membership.pk).update(is_active=False)

    assert (before, browser.get(DESK).status_code) == (200, 404)


def test_a_role_that_is_taken_away_ends_with_the_next_request() -> None:
    membership = make_operator()
    browser = signed_in(membership)

    before = browser.get(DESK).status_code
    Membership.objects.filter(pk=membership.pk).update(role=Role.MEMBER)

    assert (before, browser.get(DESK).status_code) == (200, 404)


def test_a_second_factor_that_is_removed_ends_with_the_next_request() -> None:
    membership = make_operator()
    browser = signed_in(membership)

    before = browser.get(DESK).status_code
    Authenticator.objects.filter(user=membership.user).delete()

    assert (before, browser.get(DESK).status_code) == (200, 404)


def test_the_desk_is_open_whichever_account_the_operator_has_open() -> None:
    membership = make_operator()
    customer = make_cast().tenant
    other = Membership.objects.create(tenant=customer, user=membership.user, role=Role.MEMBER)
    browser = signed_in(membership)
    session = browser.session
    session["membership"] = str(other.pk)
    session.save()

    assert browser.get(DESK).status_code == 200


def test_every_view_of_the_desk_is_declared_and_none_deletes() -> None:
    patterns = _flat(site.get_urls())

    assert {getattr(one.callback, "permission", None) for one in patterns} == {OPERATOR}
    assert not [one.name for one in patterns if one.name and ("delete" in one.name or "login" in one.name)]


def test_only_billing_and_the_account_itself_are_shown() -> None:
    shown = {model._meta.label for model in site._registry}

    assert shown == {
        "billing.Invoice",
        "billing.Issuer",
        "billing.Payment",
        "billing.Plan",
        "billing.Subscription",
        "billing.TaxRate",
        "tenancy.Tenant",
    }


def test_nothing_stands_on_the_site_that_django_brings() -> None:
    assert not admin.site._registry


def test_the_menu_of_a_person_leads_operators_to_the_desk_and_nobody_else() -> None:
    home = reverse("mailboxes:mailbox-list")
    operator, without_factor = signed_in(make_operator()), signed_in(make_operator(factor=None))

    assert f'href="{DESK}"' in operator.get(home).content.decode()
    assert f'href="{DESK}"' not in without_factor.get(home).content.decode()
    assert f'href="{DESK}"' not in signed_in(make_cast().owner).get(home).content.decode()


def test_no_row_of_mail_is_read_at_the_desk() -> None:
    make_cast()
    operator = signed_in(make_operator())

    with CaptureQueriesContext(connection) as queries:
        for url in (DESK, *LISTS):
            operator.get(url)

    statements = " ".join(one["sql"] for one in queries.captured_queries)
    assert '"billing_invoice"' in statements
    assert not re.search(r'(FROM|JOIN) "(mailboxes|sequences|servers)_', statements)


def _flat(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in patterns:
        found += _flat(one.url_patterns) if isinstance(one, URLResolver) else [one]
    return found
