"""The running month of several subscriptions, loaded together; and what another plan would cost."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from billing import subscribing
from billing.comparing import compare
from billing.drafting import draft_of
from billing.first_months import first_month
from billing.histories import histories_of
from billing.ledger import activate, deactivate, move
from billing.models import Issuer, Plan, PlanChange, Subscription, TaxRate
from billing.overview import MOST_INTERVALS, RunningMonth, running_months, sums_of
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = "Europe/Berlin"


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.fixture
def tenant(db: None) -> Any:
    """An account in Berlin without a mailbox, whose one subscription has run since the summer."""
    tenant = Tenant.objects.create_tenant("Harbor")
    Tenant.objects.filter(pk=tenant.pk).update(time_zone=ZONE)
    tenant.time_zone = ZONE
    with tenant_scope(tenant.pk):
        first = subscribing.first_subscription()
        PlanChange.objects.all().delete()
        standard = Plan.objects.get(code="standard", is_current=True)
        Subscription.objects.filter(pk=first.pk).update(plan=standard, **_november())
        PlanChange.objects.create(tenant=tenant, subscription=first, plan=standard, at=datetime(2026, 7, 1, tzinfo=UTC))
        yield tenant


def _november() -> dict[str, Any]:
    begins, ends = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)
    return {"month": date(2026, 11, 1), "billed_until": begins, "closes_at": ends, "started_at": begins}


@pytest.fixture
def main(tenant: Tenant) -> Subscription:
    return subscribing.first_subscription()


@pytest.fixture
def taxed(db: None) -> None:
    """A seller in Germany, and its rate."""
    Issuer.objects.update(country="DE", vat_id="DE123456789")
    TaxRate.objects.update_or_create(country="DE", valid_from=date(2020, 1, 1), defaults={"rate": 1900})


def months_of(tenant: Tenant) -> list[RunningMonth]:
    rows = Subscription.objects.running().select_related("next_plan")
    return running_months(list(rows), tenant=tenant, now=NOW)


def fill(subscription: Subscription, count: int, *, now: datetime) -> list[Any]:
    ids = [new_id() for _number in range(count)]
    for number, mailbox_id in enumerate(ids):
        activate(subscription, mailbox_id, f"Box {number:02}", now=now, agrees_to_fee=True)
    return ids


def test_drafts_of_several_are_those_of_each(tenant: Tenant, main: Subscription, premium: Plan) -> None:
    other = subscribing.start(tenant, premium, name="Daughter", now=at(5))
    ids = fill(main, 12, now=at(3))
    deactivate(main, ids[0], "Box 00", now=at(4))
    move(main, other, ids[1], "Box 01", now=at(6))

    histories = histories_of([main, other])

    for one in (main, other):
        assert histories[one.pk].draft(one, zone=ZONE, now=NOW) == draft_of(one, zone=ZONE, now=NOW)
        changed = histories[one.pk].draft(one, zone=ZONE, now=NOW, with_plan=premium)
        assert changed == draft_of(one, zone=ZONE, now=NOW, with_plan=premium)


def test_a_mailbox_that_moves_counts_once_in_each_at_its_time(
    tenant: Tenant, main: Subscription, premium: Plan
) -> None:
    other = subscribing.start(tenant, premium, name="Daughter", now=at(5))
    [mailbox_id] = fill(main, 1, now=at(3))

    move(main, other, mailbox_id, "Box 00", now=at(6))

    first, second = months_of(tenant)
    assert [(one.begins, one.ends) for one in first.bill.usage.intervals] == [(at(3), at(6))]
    assert [(one.begins, one.ends) for one in second.bill.usage.intervals] == [(at(6), None)]


def test_the_invoice_so_far_has_lines_tax_and_total(tenant: Tenant, main: Subscription, taxed: None) -> None:
    fill(main, 12, now=at(3))

    [month] = months_of(tenant)

    assert [(one.net.minor, len(one.mailboxes)) for one in month.lines] == [(4900, 12), (1000, 12)]
    assert (month.sum.net.minor, month.sum.tax_amount.minor, month.sum.total.minor) == (5900, 1121, 7021)
    assert month.sum.tax_percent == "19 %"
    assert [str(one) for one in sums_of([month])] == ["€ 70.21"]


def test_without_a_rate_the_amount_is_without_tax(tenant: Tenant, main: Subscription, taxed: None) -> None:
    TaxRate.objects.all().delete()

    [month] = months_of(tenant)

    assert month.sum.tax is None
    assert month.sum.total == month.sum.net


def test_the_days_of_the_plot_end_today_and_mark_the_peak(tenant: Tenant, main: Subscription) -> None:
    ids = fill(main, 12, now=at(3))
    deactivate(main, ids[0], "Box 00", now=at(4))

    [month] = months_of(tenant)

    assert [one.use.day.day for one in month.days if one.is_peak] == [3]
    assert [one.most for one in month.counted_days][:5] == [0, 0, 12, 12, 11]
    assert month.counted_days[-1].day == date(2026, 11, 22)
    assert len(month.days) == 30


def test_a_mailbox_without_end_of_switching_names_its_first_intervals(tenant: Tenant, main: Subscription) -> None:
    mailbox_id = new_id()
    for hour in range(MOST_INTERVALS + 3):
        activate(main, mailbox_id, "Restless", now=at(3, hour))
        deactivate(main, mailbox_id, "Restless", now=at(3, hour).replace(minute=30))

    [month] = months_of(tenant)

    [mailbox] = month.lines[0].mailboxes
    assert (len(mailbox.shown), mailbox.more_count, mailbox.is_there) == (MOST_INTERVALS, 3, False)


def test_an_account_without_a_mailbox_has_a_flat_line(tenant: Tenant, main: Subscription) -> None:
    [month] = months_of(tenant)

    assert not month.has_use
    assert {one.most for one in month.counted_days} == {0}


def test_a_planned_plan_that_does_not_fit_any_more_says_by_how_much(
    tenant: Tenant, main: Subscription, free: Plan
) -> None:
    fill(main, 3, now=at(3))
    subscribing.change_plan_at_month_end(main, free)
    fill(main, 2, now=at(4))

    [month] = months_of(tenant)

    assert (month.misfit_count, month.last_day, month.next_day) == (2, date(2026, 11, 30), date(2026, 12, 1))


def test_the_number_of_queries_does_not_grow_with_subscriptions(
    tenant: Tenant, main: Subscription, premium: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(9):
        fill(subscribing.start(tenant, premium, name=f"Daughter {number}", now=at(5)), 2, now=at(6))

    with django_assert_num_queries(7):
        months = months_of(tenant)

    assert len(months) == 10


def test_another_plan_is_compared_for_this_month_and_for_those_that_follow(
    tenant: Tenant, main: Subscription, premium: Plan, taxed: None
) -> None:
    fill(main, 2, now=at(3))

    found = compare(main.refreshed(), premium, tenant=tenant, now=NOW)

    # 21 days of Standard, and 9 of Premium from the 22nd on.
    assert (found.this_month_before.net.minor, found.this_month_after.net.minor) == (4900, 3430 + 5970)
    assert (found.later_before.net.minor, found.later_after.net.minor) == (4900, 19900)
    assert found.later_after.total.minor == 23681
    assert found.is_upgrade


def test_the_first_month_of_a_new_subscription_costs_its_days(tenant: Tenant, premium: Plan, free: Plan) -> None:
    first = first_month(tenant, premium, now=NOW)

    assert first.words == "November 2026: € 59.70 for 9 days of 30."
    assert (
        first_month(tenant, premium, now=datetime(2026, 10, 31, 23, 5, tzinfo=UTC)).words == "November 2026: € 199.00."
    )
    assert first_month(tenant, free, now=NOW).words == "No fee."
