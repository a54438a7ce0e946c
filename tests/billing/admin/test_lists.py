"""Accounts, plans, issuers, rates, failed closings, and the start page."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, Issuer, Plan, Subscription, TaxRate
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from tests.billing.admin.conftest import queries_of
from tests.factories import make_mailbox, make_person, make_tenant

INDEX, ACCOUNTS = reverse("admin:index"), reverse("admin:tenancy_tenant_changelist")
CLOSINGS = reverse("admin:billing_subscription_changelist")
WHY = {"reason": "Prices of next year"}


def plan_form(**values: Any) -> dict[str, Any]:
    form = {"name": "Standard", "currency": "EUR", "price": "59.90", "included_mailboxes": "10", "extra_mailbox": "5"}
    return {**form, "features": ["encrypted_pop"], **WHY, **values}


def issuer_form(**values: Any) -> dict[str, Any]:
    days = {"payment_days": "14", "reminder_days": "28, 7", "sequences_stop_days": "21", "read_only_days": "35"}
    bank = {"iban": "de89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX", "bank_holder": "mailhub", "bank_name": "Bank"}
    form = {"name": "mailhub GmbH", "address": "Kai 1", "country": "DE", "vat_id": "DE999999995", "is_default": "on"}
    return {**form, **days, **bank, "number_prefix": "MH-", "email": "", "footer": "", **values}


def test_an_account_is_listed_with_what_it_has_and_owes(operator: Client, account: Tenant, invoice: Invoice) -> None:
    make_mailbox(account)
    make_person(account)

    text = operator.get(ACCOUNTS).content.decode()

    assert "Harbor Books" in text
    assert "In good standing" in text
    assert "Standard" in text
    assert "€ 49.00" in text


def test_the_list_of_accounts_asks_as_much_for_many_as_for_one(operator: Client, account: Tenant) -> None:
    one = queries_of(operator, ACCOUNTS)
    for number in range(5):
        make_mailbox(make_tenant(f"Account {number}"))

    assert queries_of(operator, ACCOUNTS) == one


@pytest.mark.parametrize(("query", "is_found"), [("q=harbor", True), ("q=x", False), ("standing__exact=good", True)])
def test_accounts_are_found_by_name_and_standing(operator: Client, account: Tenant, query: str, is_found: bool) -> None:
    assert ("Harbor Books" in operator.get(f"{ACCOUNTS}?{query}").content.decode()) is is_found


@pytest.mark.parametrize("query", ["memberships__user__password__startswith=x", "p=-1", "p=zz", "o=99", "e=1"])
def test_a_query_that_nobody_meant_breaks_nothing(operator: Client, account: Tenant, query: str) -> None:
    assert operator.get(f"{ACCOUNTS}?{query}").status_code in (200, 302, 400)


def test_a_changed_plan_is_a_new_version_and_who_has_the_old_one_keeps_it(operator: Client, account: Tenant) -> None:
    url = reverse("admin:billing_plan_supersede", args=["standard"])

    preview = operator.post(url, plan_form(step="preview")).content.decode()
    unchanged = Plan.objects.get(code="standard", is_current=True).version
    answer = operator.post(url, plan_form(step="do"))

    assert "1 subscription keeps version 1" in preview
    assert unchanged == 1
    assert answer.status_code == 302
    new = Plan.objects.get(code="standard", is_current=True)
    assert (new.version, new.price_minor, new.features) == (2, 5990, ["encrypted_pop"])
    with tenant_scope(account.pk):
        assert Subscription.objects.get().plan.version == 1
    assert WHY["reason"] in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    "values",
    [
        {"price": "1.001"},
        {"price": "NaN"},
        {"price": "99999999999"},
        {"price": "9999999999"},
        {"currency": "JPY"},
        {"currency": "XXX"},
        {"included_mailboxes": "99999999999"},
        {"features": ["all"]},
        {"name": "\0"},
        {"reason": ""},
    ],
)
def test_a_plan_that_cannot_be_is_refused(operator: Client, values: dict[str, Any]) -> None:
    answer = operator.post(reverse("admin:billing_plan_supersede", args=["standard"]), plan_form(step="do", **values))

    assert answer.status_code == 422
    assert Plan.objects.get(code="standard", is_current=True).version == 1


def test_a_plan_is_added_and_taken_out_of_sale(operator: Client) -> None:
    added = operator.post(reverse("admin:billing_plan_new"), plan_form(code="large", step="do"))
    twice = operator.post(reverse("admin:billing_plan_new"), plan_form(code="large", step="do"))
    retired = operator.post(reverse("admin:billing_plan_retire", args=["large"]), {**WHY, "step": "do"})

    assert (added.status_code, twice.status_code, retired.status_code) == (302, 422, 302)
    assert not Plan.objects.get(code="large").is_current


def test_the_plan_of_new_accounts_stays_on_sale(operator: Client) -> None:
    answer = operator.post(reverse("admin:billing_plan_retire", args=["free"]), {**WHY, "step": "do"})

    assert answer.status_code == 422
    assert Plan.objects.get(code="free").is_current


def test_an_issuer_is_kept_with_its_bank_and_terms(operator: Client) -> None:
    issuer = Issuer.objects.default()

    answer = operator.post(reverse("admin:billing_issuer_change", args=[issuer.pk]), issuer_form())

    assert answer.status_code == 302, answer.context["errors"]
    issuer.refresh_from_db()
    assert issuer.iban == "DE89370400440532013000"
    assert issuer.reminder_days == [7, 28]
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"iban": "DE89370400440532013001"},
        {"bic": "X"},
        {"vat_id": "DE1"},
        {"country": "de"},
        {"country": "\0\0"},
        {"reminder_days": "soon"},
        {"reminder_days": "0"},
        {"read_only_days": "1"},
        {"is_default": ""},
        {"payment_days": "99999999999"},
    ],
)
def test_an_issuer_that_cannot_be_is_refused(operator: Client, values: dict[str, str]) -> None:
    issuer = Issuer.objects.default()

    answer = operator.post(reverse("admin:billing_issuer_change", args=[issuer.pk]), issuer_form(**values))

    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not LogEntry.objects.exists()


def test_another_default_issuer_takes_over(operator: Client) -> None:
    before = Issuer.objects.default()

    answer = operator.post(reverse("admin:billing_issuer_add"), issuer_form(number_prefix="XX-"))

    assert answer.status_code == 302, answer.context["errors"]
    assert Issuer.objects.default().pk != before.pk


def test_a_rate_is_entered_in_percent(operator: Client) -> None:
    form = {"country": "FI", "percent": "25.5", "valid_from": "2024-09-01"}

    operator.post(reverse("admin:billing_taxrate_add"), form)

    rate = TaxRate.objects.get(country="FI", valid_from="2024-09-01")
    assert rate.rate == 2550
    assert "25.5 %" in operator.get(reverse("admin:billing_taxrate_changelist")).content.decode()


def test_a_failed_closing_is_listed_and_tried_again(operator: Client, account: Tenant) -> None:
    with tenant_scope(account.pk):
        subscription = Subscription.objects.get()
        later = clock.now() + timedelta(hours=6)
        Subscription.objects.filter(pk=subscription.pk).update(closing_error="No rate of DE", close_again_at=later)
    again = reverse("admin:billing_subscription_again", args=[subscription.pk])

    text = operator.get(CLOSINGS).content.decode()
    answer = operator.post(again, {**WHY, "step": "do"})

    assert "No rate of DE" in text
    assert again in text
    assert answer.status_code == 302
    with tenant_scope(account.pk):
        assert Subscription.objects.get().close_again_at <= clock.now()


def test_a_closing_that_did_not_fail_is_not_tried_again(operator: Client, account: Tenant) -> None:
    with tenant_scope(account.pk):
        subscription = Subscription.objects.get()

    assert operator.get(reverse("admin:billing_subscription_again", args=[subscription.pk])).status_code == 404


def test_the_start_page_says_what_needs_the_operator(operator: Client, invoice: Invoice) -> None:
    with tenant_scope(invoice.tenant_id):
        yesterday = clock.now().date() - timedelta(days=1)
        Invoice.objects.filter(pk=invoice.pk).update(due_on=yesterday)
        Subscription.objects.update(closing_error="No rate of DE")

    text = operator.get(INDEX).content.decode()

    assert "€ 49.00 is overdue." in text
    assert "1 month could not be closed." in text
    assert "which invoices have to show" in text
