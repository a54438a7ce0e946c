"""The end of a subscription's month: what is counted, issued and begun (SPEC B3, B4)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import subscribing
from billing.closing.month_ends import close
from billing.closing.sellers import Seller
from billing.ledger import activate, deactivate, move
from billing.limits import SubscriptionEnded
from billing.models import BillingProfile, Invoice, InvoiceLine, Issuer, Period, PlanChange, Subscription, TaxRate
from billing.reckoning.tax import RateUnknown
from billing.reckoning.usage import Interval
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.billing.closing.accounts import APRIL, MARCH, SOON, day, make_account, make_plan, numbers, plan, use

pytestmark = pytest.mark.django_db
NOW = APRIL + SOON


def closed(subscription: Subscription, *, now: datetime = NOW) -> Period | None:
    with tenant_scope(subscription.tenant_id):
        return close(subscription.pk, now=now)


def as_it_is(subscription: Subscription) -> Subscription:
    with tenant_scope(subscription.tenant_id):
        return Subscription.objects.select_related("plan", "next_plan").get(pk=subscription.pk)


def invoices_of(subscription: Subscription) -> list[Invoice]:
    with tenant_scope(subscription.tenant_id):
        return list(Invoice.objects.filter(subscription=subscription).order_by("number"))


def lines_of(subscription: Subscription) -> list[list[InvoiceLine]]:
    with tenant_scope(subscription.tenant_id):
        return [list(one.lines.order_by("position")) for one in invoices_of(subscription)]


def test_a_month_is_closed_with_one_invoice_and_the_next_one_begins() -> None:
    subscription = make_account()
    ids = use(subscription, 12, since=day(3))

    period = closed(subscription)

    assert period is not None
    assert (period.begins, period.ends, period.closed_at, period.remark) == (MARCH, APRIL, NOW, "")
    assert (period.peak_active, period.peak_included) == (12, 10)
    [invoice] = invoices_of(subscription)
    [lines] = lines_of(subscription)
    assert [(one.kind, one.quantity, one.net_minor) for one in lines] == [
        ("plan", 31, plan("standard").price_minor),
        ("overage", 2, 2 * plan("standard").extra_mailbox_minor),
    ]
    assert invoice.net_minor == period.net_minor == sum(one.net_minor for one in lines)
    assert {Interval.from_json(one).mailbox_id for one in lines[1].evidence} == set(ids)
    following = as_it_is(subscription)
    assert (following.month, following.billed_until, following.closes_at) == (
        APRIL.date(),
        APRIL,
        day(1, month=5, hour=0),
    )


def test_closing_again_changes_nothing() -> None:
    subscription = make_account()
    closed(subscription)

    again = closed(subscription)

    assert again is None
    assert numbers() == [1]


def test_a_month_that_is_not_over_is_not_closed() -> None:
    subscription = make_account()

    assert closed(subscription, now=APRIL - timedelta(microseconds=1)) is None
    assert closed(subscription, now=APRIL) is not None


def test_a_month_that_costs_nothing_closes_without_a_document() -> None:
    subscription = make_account(code="free")
    use(subscription, 3, since=day(2))

    period = closed(subscription)

    assert period is not None
    assert (period.net_minor, period.peak_active) == (0, 3)
    assert numbers() == []
    assert as_it_is(subscription).billed_until == APRIL


def test_months_that_were_missed_close_one_after_the_other() -> None:
    subscription = make_account()
    late = day(5, month=6)
    use(subscription, 11, since=day(10, month=4), until=day(11, month=4))

    periods = [closed(subscription, now=late) for _ in range(4)]

    assert [str(one) if one else None for one in periods] == ["2026-03", "2026-04", "2026-05", None]
    assert [len(lines) for lines in lines_of(subscription)] == [1, 2, 1]


def test_who_writes_later_writes_behind_the_month_that_is_closed() -> None:
    subscription = make_account()
    before = use(subscription, 1, since=day(3))[0]
    closed(subscription)

    with tenant_scope(subscription.tenant_id):
        deactivate(subscription, before, "Box 0", now=day(31))
        activate(subscription, new_id(), "Late", now=day(31))
        times = set(subscription.activations.order_by("-id").values_list("at", flat=True)[:2])

    assert times == {APRIL}


def test_a_move_between_months_that_end_at_different_times_counts_once_in_each() -> None:
    source = make_account()
    target = second_of(source)
    [box] = use(source, 1, since=day(3))
    closed(source)

    with tenant_scope(source.tenant_id):
        move(source, target, box, "Box 0", now=APRIL - SOON)

        assert [(one.change, one.at) for one in source.activations.order_by("id")] == [(1, day(3)), (-1, APRIL)]
        assert [(one.change, one.at) for one in target.activations.order_by("id")] == [(1, APRIL - SOON)]
    second = closed(target)
    assert second is not None
    assert second.peak_active == 1


def second_of(subscription: Subscription) -> Subscription:
    with tenant_scope(subscription.tenant_id):
        return subscribing.start(subscription.tenant, plan("standard"), name="Second", now=MARCH)


def test_the_plan_that_was_to_follow_begins_with_the_month() -> None:
    subscription = make_account()
    with tenant_scope(subscription.tenant_id):
        subscribing.change_plan_at_month_end(subscription, plan("premium"))

    period = closed(subscription)

    assert period is not None
    assert period.remark == ""
    following = as_it_is(subscription)
    assert (following.plan.code, following.next_plan) == ("premium", None)
    with tenant_scope(subscription.tenant_id):
        assert PlanChange.objects.get(subscription=subscription, plan=plan("premium")).at == APRIL
    assert [[one.words for one in lines] for lines in lines_of(subscription)] == [["Standard, March 2026"]]


def test_a_plan_that_does_not_fit_any_more_is_not_begun_and_people_are_told() -> None:
    subscription = make_account()
    with tenant_scope(subscription.tenant_id):
        subscribing.change_plan_at_month_end(subscription, plan("free"))
    use(subscription, 5, since=day(20))

    period = closed(subscription)

    assert period is not None
    assert period.remark.startswith("The plan Standard was kept, Free did not follow it. 5 mailboxes are active")
    following = as_it_is(subscription)
    assert (following.plan.code, following.next_plan, following.billed_until) == ("standard", None, APRIL)


def test_a_plan_that_was_changed_before_a_late_closing_is_not_older_than_what_was_planned_after_it() -> None:
    subscription = make_account()
    third = make_plan("third")
    with tenant_scope(subscription.tenant_id):
        subscribing.change_plan(subscription, plan("premium"), now=day(2, month=4))
        subscribing.change_plan_at_month_end(subscription, third)

    closed(subscription, now=day(3, month=4))

    with tenant_scope(subscription.tenant_id):
        assert [one.plan.code for one in PlanChange.objects.order_by("at", "id")] == ["standard", "premium", "third"]
    assert as_it_is(subscription).plan == third


def test_a_subscription_that_was_cancelled_ends_and_the_account_falls_to_the_default_plan() -> None:
    subscription = make_account()
    with tenant_scope(subscription.tenant_id):
        subscribing.cancel(subscription, now=day(15))

    period = closed(subscription)

    assert period is not None
    assert period.remark == "The subscription ended. No mailbox counted against it. The account has the plan Free now."
    assert len(invoices_of(subscription)) == 1
    ended = as_it_is(subscription)
    assert ended.ended_at == APRIL
    with tenant_scope(subscription.tenant_id):
        [running] = Subscription.objects.running()
        assert (running.plan.code, running.started_at, running.billed_until) == ("free", NOW, NOW)
        with pytest.raises(SubscriptionEnded):
            activate(subscription, new_id(), "Late", now=NOW)
    assert closed(subscription, now=day(5, month=6)) is None


def test_where_another_subscription_runs_nothing_takes_the_place_of_one_that_ends() -> None:
    subscription = make_account()
    other = second_of(subscription)
    with tenant_scope(subscription.tenant_id):
        subscribing.cancel(subscription, now=day(15))

    closed(subscription)

    with tenant_scope(subscription.tenant_id):
        assert list(Subscription.objects.running()) == [other]


def test_who_cancels_when_the_month_is_over_and_not_closed_yet_has_the_next_one_too() -> None:
    subscription = make_account()
    with tenant_scope(subscription.tenant_id):
        subscribing.cancel(subscription, now=day(20, month=5))

    for _ in range(2):
        closed(subscription, now=day(20, month=5))

    assert as_it_is(subscription).ended_at is None
    closed(subscription, now=day(1, month=6))
    assert as_it_is(subscription).ended_at == day(1, month=6, hour=0)
    assert len(invoices_of(subscription)) == 3


def test_the_rate_of_tax_is_that_of_the_last_day_of_the_month() -> None:
    Issuer.objects.update(vat_id="DE999999995", country="DE")
    TaxRate.objects.create(country="DE", rate=2500, valid_from=APRIL.date())
    subscription = make_account()

    closed(subscription)

    [invoice] = invoices_of(subscription)
    assert (invoice.tax_rate, invoice.total_minor) == (1900, invoice.net_minor * 119 // 100)


def test_without_a_rate_of_tax_nothing_is_closed() -> None:
    Issuer.objects.update(vat_id="DE999999995", country="DE")
    subscription = make_account()
    TaxRate.objects.filter(country="DE").delete()

    with pytest.raises(RateUnknown):
        closed(subscription)

    assert as_it_is(subscription).billed_until == MARCH
    assert numbers() == []


def test_a_closing_asks_the_same_few_questions_however_much_was_used() -> None:
    few, many = make_account("Few"), make_account("Many")
    use(few, 1, since=day(2))
    use(many, 25, since=day(2))
    seller = Seller()
    closed_first = make_account("First")
    with tenant_scope(closed_first.tenant_id):
        close(closed_first.pk, now=NOW, seller=seller)

    counts = []
    for one in (few, many):
        with tenant_scope(one.tenant_id), CaptureQueriesContext(connection) as asked:
            close(one.pk, now=NOW, seller=seller)
        counts.append(len([query for query in asked if "SAVEPOINT" not in query["sql"]]))

    assert counts == [9, 9]


def test_an_account_has_the_issuer_that_was_chosen_for_it() -> None:
    subscription = make_account()
    daughter = Issuer.objects.create(name="Daughter", number_prefix="D-", last_number=41)
    with tenant_scope(subscription.tenant_id):
        BillingProfile.objects.create(tenant=subscription.tenant, issuer=daughter)

    closed(subscription)

    assert [one.code for one in invoices_of(subscription)] == ["D-000042"]
