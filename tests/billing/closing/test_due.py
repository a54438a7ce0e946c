"""The run that closes what is due: of all tenants, by several workers, whatever fails."""

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import ledger, subscribing
from billing.closing import due
from billing.closing.due import close_due
from billing.drafting import changes_of, holdings_of
from billing.models import BillingProfile, Invoice, InvoiceLine, Issuer, Period, Plan, Subscription, TaxRate
from billing.reckoning.bills import bill_of
from billing.reckoning.months import Month
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.billing.closing.accounts import APRIL, MARCH, SOON, day, make_account, make_plan, numbers, plan, use, written


def at(moment: datetime) -> int:
    return close_due(now=lambda: moment)


@pytest.mark.django_db
def test_everything_that_is_due_is_closed_in_every_account() -> None:
    accounts = [make_account(f"Account {number}") for number in range(3)]

    assert at(APRIL - SOON) == 0
    assert at(APRIL + SOON) == 3
    assert at(APRIL + SOON) == 0
    assert numbers() == [1, 2, 3]
    assert {len(found) for found in written(accounts).values()} == {1}


@pytest.mark.django_db
def test_one_that_fails_stops_no_other_and_is_tried_again_later() -> None:
    _first, second, _third = (make_account(name) for name in ("First", "Second", "Third"))
    Issuer.objects.update(vat_id="DE999999995", country="DE")
    TaxRate.objects.filter(country="GR").delete()
    with tenant_scope(second.tenant_id):
        BillingProfile.objects.create(tenant=second.tenant, country="GR")

    closed = at(APRIL + SOON)

    assert closed == 2
    with tenant_scope(second.tenant_id):
        failed = Subscription.objects.get(pk=second.pk)
    assert failed.closing_error == "RateUnknown: No rate of value added tax is entered for GR."
    assert failed.close_again_at == APRIL + 2 * SOON
    assert numbers() == [1, 2]

    TaxRate.objects.create(country="GR", rate=2400)
    assert at(APRIL + SOON) == 0
    assert at(APRIL + 2 * SOON) == 1
    with tenant_scope(second.tenant_id):
        mended = Subscription.objects.get(pk=second.pk)
    assert (mended.closing_error, mended.close_again_at, mended.billed_until) == ("", None, APRIL)
    assert numbers() == [1, 2, 3]


@pytest.mark.django_db
def test_what_was_taken_by_a_worker_that_died_is_closed_when_its_lease_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_account()
    with monkeypatch.context() as dying:
        dying.setattr(due, "close", _dies)
        with pytest.raises(KeyboardInterrupt):
            at(APRIL + SOON)

    assert at(APRIL + SOON) == 0
    assert at(APRIL + SOON + due.LEASE) == 1


def _dies(*_args: object, **_kwargs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_a_run_takes_nothing_more_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        make_account(f"Account {number}")
    monkeypatch.setattr(due, "BATCH", 1)

    assert close_due(now=lambda: APRIL, seconds=0) == 1
    assert close_due(now=lambda: APRIL) == 2


_HISTORY = st.lists(st.tuples(st.integers(0, 60 * 24), st.integers(0, 5)), max_size=10)


@pytest.fixture
def small(db: None) -> Plan:
    return make_plan("small")


@pytest.mark.usefixtures("small")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(_HISTORY, min_size=1, max_size=3),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"]),
    st.lists(st.integers(1, 70), min_size=1, max_size=6),
)
def test_whatever_was_used_and_whenever_it_runs_invoices_are_the_ledger(
    used: list[list[tuple[int, int]]], zone: str, runs: list[int]
) -> None:
    start = MARCH - timedelta(days=1)
    accounts = [make_account(f"Account {number}", "small", starts=start, zone=zone) for number, _ in enumerate(used)]
    steps = sorted(
        (start + timedelta(hours=hours), number, box) for number, drawn in enumerate(used) for hours, box in drawn
    )
    moments = sorted({start + timedelta(days=one) for one in (*runs, 70)})
    active: set[tuple[int, int]] = set()
    boxes = [[new_id() for _ in range(6)] for _ in used]

    for moment in moments:
        while steps and steps[0][0] <= moment:
            when, number, box = steps.pop(0)
            _switch(accounts[number], boxes[number][box], box, is_on=(number, box) not in active, now=when)
            active ^= {(number, box)}
        at(moment)
        at(moment)

    for one in accounts:
        _is_the_ledger(one, start, zone)
    numbers()


def _switch(subscription: Subscription, box: uuid.UUID, number: int, *, is_on: bool, now: datetime) -> None:
    with tenant_scope(subscription.tenant_id):
        if is_on:
            ledger.activate(subscription, box, f"Box {number}", now=now, agrees_to_fee=True)
        else:
            ledger.deactivate(subscription, box, f"Box {number}", now=now)


def _is_the_ledger(subscription: Subscription, start: datetime, zone: str) -> None:
    with tenant_scope(subscription.tenant_id):
        periods = list(Period.objects.filter(subscription=subscription).order_by("begins"))
        holdings, changes = holdings_of(subscription), changes_of(subscription)
        until, month = start, Month.of(start, zone)
        for period in periods:
            bill = bill_of(holdings, changes, month, begins=until, currency="EUR")
            assert (period.begins, period.ends, period.net_minor) == (until, month.ends, bill.net_minor)
            invoices = list(Invoice.objects.filter(period=period))
            assert len(invoices) == (1 if bill.net_minor else 0)
            lines = InvoiceLine.objects.filter(invoice__in=invoices).order_by("position")
            assert [(one.words, one.net_minor) for one in lines] == [(one.words, one.net_minor) for one in bill.lines]
            until, month = month.ends, month.next
        assert subscription.refreshed().billed_until == until


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_close_each_month_once(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [make_account(f"Account {number}") for number in range(40)]
    use(accounts[7], 12, since=day(3))
    monkeypatch.setattr(due, "BATCH", 3)
    ready, failures, counts = threading.Barrier(4), [], []

    def work() -> None:
        try:
            ready.wait()
            counts.append(at(day(2, month=5)))
        except Exception as error:  # noqa: BLE001 (whatever a thread fails of is for the test to see)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sum(counts) == 80
    assert len(numbers()) == 80
    assert {tuple(one[0] for one in months) for months in written(accounts).values()} == {("2026-03", "2026-04")}


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_have_the_same_subscription_close_it_once() -> None:
    subscription = make_account()
    ready, periods = threading.Barrier(8), []

    def work() -> None:
        try:
            ready.wait()
            with tenant_scope(subscription.tenant_id):
                periods.append(due.close(subscription.pk, now=APRIL))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in periods if one is not None]) == 1
    assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_the_last_two_subscriptions_that_end_at_once_leave_the_account_with_one() -> None:
    first = make_account()
    with tenant_scope(first.tenant_id):
        second = subscribing.start(first.tenant, plan("standard"), name="Second", now=MARCH)
        for one in (first, second):
            subscribing.cancel(one, now=day(10))
    ready = threading.Barrier(2)

    def work(subscription: Subscription) -> None:
        try:
            ready.wait()
            with tenant_scope(subscription.tenant_id):
                due.close(subscription.pk, now=APRIL)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    at(APRIL)

    with tenant_scope(first.tenant_id):
        [running] = Subscription.objects.running()
        assert running.plan.code == "free"
