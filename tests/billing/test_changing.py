"""Changes at the end of the month, cancelling, and going on after all (SPEC B1)."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from billing import subscribing
from billing.ending import end_day_of, ended_ones, last_day_of, what_ends
from billing.ledger import activate
from billing.limits import LimitReached, SubscriptionEnded
from billing.models import Plan, PlanChange, Subscription
from billing.subscribing import NothingToCancel, OtherCurrency, SubscriptionCancelled
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_tenant

NOW = clock.now()


@pytest.fixture
def dollars(premium: Plan) -> Plan:
    """A plan that is paid in another currency."""
    return Plan.objects.create(
        code="premium-usd", name="Premium US", included_mailboxes=50, price_minor=1, currency="USD"
    )


def test_a_planned_change_changes_nothing_before_the_month_is_over(subscription: Subscription, free: Plan) -> None:
    written = PlanChange.objects.count()

    subscribing.change_plan_at_month_end(subscription, free)

    assert subscription.refreshed().plan.code == "standard"
    assert subscription.refreshed().next_plan == free
    assert PlanChange.objects.count() == written


def test_a_planned_change_is_withdrawn(subscription: Subscription, free: Plan) -> None:
    subscribing.change_plan_at_month_end(subscription, free)

    assert subscribing.drop_planned_change(subscription)
    assert not subscribing.drop_planned_change(subscription)
    assert subscription.refreshed().next_plan is None


def test_planning_the_present_plan_withdraws_what_was_planned(subscription: Subscription, free: Plan) -> None:
    subscribing.change_plan_at_month_end(subscription, free)

    subscribing.change_plan_at_month_end(subscription, subscription.plan)

    assert subscription.refreshed().next_plan is None


def test_a_change_at_once_withdraws_what_was_planned(subscription: Subscription, free: Plan, premium: Plan) -> None:
    subscribing.change_plan_at_month_end(subscription, free)

    subscribing.change_plan(subscription, premium, now=NOW)

    assert (subscription.refreshed().plan, subscription.refreshed().next_plan) == (premium, None)


def test_a_change_by_a_slow_clock_stands_behind_the_one_before(
    subscription: Subscription, free: Plan, premium: Plan
) -> None:
    later = clock.now() + timedelta(hours=1)
    subscribing.change_plan(subscription, premium, now=later)

    subscribing.change_plan(subscription, free, now=later - timedelta(minutes=2))

    assert subscription.refreshed().plan == free
    assert list(PlanChange.objects.filter(subscription=subscription))[-1].plan == free


def test_a_plan_that_is_too_small_cannot_be_planned(subscription: Subscription, free: Plan) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(active_count=5)

    with pytest.raises(LimitReached, match="Deactivate 2 of them first"):
        subscribing.change_plan_at_month_end(subscription, free)


def test_a_plan_of_another_currency_is_refused_with_the_way_out(subscription: Subscription, dollars: Plan) -> None:
    with pytest.raises(OtherCurrency, match=r"paid in USD, and Main in EUR.*Add a subscription"):
        subscribing.change_plan(subscription, dollars, now=NOW)
    with pytest.raises(OtherCurrency):
        subscribing.change_plan_at_month_end(subscription, dollars)


def test_cancelling_lets_it_run_until_the_month_is_over(subscription: Subscription, free: Plan) -> None:
    subscribing.change_plan_at_month_end(subscription, free)

    subscribing.cancel(subscription, now=NOW)
    subscribing.cancel(subscription, now=NOW + timedelta(hours=1))

    after = subscription.refreshed()
    assert (after.cancelled_at, after.ended_at, after.next_plan) == (NOW, None, None)
    assert after.active_count == 2
    activate(after, new_id(), "One more", now=NOW)


def test_one_that_was_cancelled_goes_on(subscription: Subscription) -> None:
    subscribing.cancel(subscription, now=NOW)

    assert subscribing.keep(subscription)
    assert not subscribing.keep(subscription)
    assert subscription.refreshed().cancelled_at is None


def test_one_that_was_cancelled_gets_no_other_plan(subscription: Subscription, premium: Plan) -> None:
    subscribing.cancel(subscription, now=NOW)

    with pytest.raises(SubscriptionCancelled, match="Let it go on first"):
        subscribing.change_plan(subscription, premium, now=NOW)
    with pytest.raises(SubscriptionCancelled):
        subscribing.change_plan_at_month_end(subscription, premium)


def test_the_last_one_with_the_default_plan_is_not_cancelled(
    subscription: Subscription, cast: Cast, free: Plan
) -> None:
    subscribing.change_plan(subscription, free, now=NOW)

    with pytest.raises(NothingToCancel, match="nothing to cancel"):
        subscribing.cancel(subscription, now=NOW)

    subscribing.start(cast.tenant, free, name="Daughter", now=NOW)
    subscribing.cancel(subscription, now=NOW)
    assert subscription.refreshed().cancelled_at == NOW


@pytest.mark.parametrize("verb", ["change", "plan", "drop", "cancel", "keep"])
def test_nothing_is_done_to_one_that_has_ended(subscription: Subscription, premium: Plan, verb: str) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(ended_at=NOW)
    verbs = {
        "change": lambda: subscribing.change_plan(subscription, premium, now=NOW),
        "plan": lambda: subscribing.change_plan_at_month_end(subscription, premium),
        "drop": lambda: subscribing.drop_planned_change(subscription),
        "cancel": lambda: subscribing.cancel(subscription, now=NOW),
        "keep": lambda: subscribing.keep(subscription),
    }

    with pytest.raises(SubscriptionEnded):
        verbs[verb]()


def test_what_ends_names_the_mailboxes_and_what_follows(subscription: Subscription, cast: Cast, premium: Plan) -> None:
    alone = what_ends(subscription, zone="UTC", now=NOW)
    other = subscribing.start(cast.tenant, premium, name="Daughter", now=NOW)
    together = what_ends(subscription, zone="UTC", now=NOW)

    assert [one.name for one in alone.mailboxes] == ["Directors", "Support"]
    assert (alone.falls_to and alone.falls_to.code, list(alone.others)) == ("free", [])
    assert (together.falls_to, list(together.others)) == (None, [other])


def test_one_that_is_cancelled_while_its_month_waits_to_be_closed_ends_with_the_next(
    subscription: Subscription,
) -> None:
    subscription.month = date(2026, 10, 1)

    assert last_day_of(subscription) == date(2026, 10, 31)
    assert end_day_of(subscription, zone="UTC", asked_at=datetime(2026, 10, 9, tzinfo=UTC)) == date(2026, 10, 31)
    assert end_day_of(subscription, zone="UTC", asked_at=datetime(2026, 11, 1, tzinfo=UTC)) == date(2026, 11, 30)


def test_the_last_day_of_one_that_has_ended_is_one_of_the_accounts_clock(subscription: Subscription) -> None:
    ended_at = datetime(2026, 10, 31, 23, tzinfo=UTC)
    Subscription.objects.filter(pk=subscription.pk).update(ended_at=ended_at)

    [ended] = ended_ones(zone="Europe/Berlin")

    assert ended.last_day == date(2026, 10, 31)


@pytest.mark.django_db(transaction=True)
def test_a_downgrade_and_activations_at_the_same_time_never_go_beyond_a_hard_limit() -> None:
    tenant = make_tenant(plan="standard")
    free = Plan.objects.get(code="free", is_current=True)
    with tenant_scope(tenant.pk):
        subscription = subscribing.first_subscription()
        activate(subscription, new_id(), "First", now=NOW)
        activate(subscription, new_id(), "Second", now=NOW)
    ready, refused = threading.Barrier(9), []

    def at_once(number: int) -> None:
        try:
            ready.wait()
            with tenant_scope(tenant.pk):
                if number == 0:
                    subscribing.change_plan(subscription, free, now=clock.now())
                else:
                    activate(subscription, new_id(), f"Box {number}", now=clock.now(), agrees_to_fee=True)
        except LimitReached as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=at_once, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with tenant_scope(tenant.pk):
        after = subscribing.first_subscription()
        assert refused
        assert after.plan.code == "standard" or after.active_count <= 3


@pytest.mark.django_db(transaction=True)
def test_of_a_planned_change_and_a_cancellation_at_the_same_time_only_one_stands() -> None:
    tenant = make_tenant(plan="standard")
    premium = Plan.objects.get(code="premium", is_current=True)
    with tenant_scope(tenant.pk):
        subscription = subscribing.first_subscription()
    ready = threading.Barrier(8)

    def at_once(number: int) -> None:
        try:
            ready.wait()
            with tenant_scope(tenant.pk):
                if number % 2:
                    subscribing.cancel(subscription, now=NOW)
                else:
                    subscribing.change_plan_at_month_end(subscription, premium)
        except SubscriptionCancelled:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=at_once, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with tenant_scope(tenant.pk):
        after = subscription.refreshed()
        assert (after.cancelled_at, after.next_plan_id) == (NOW, None)
