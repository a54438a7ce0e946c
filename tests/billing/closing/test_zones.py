"""Accounts that move to another time zone: no hour is lost, and none is billed twice (SPEC B3)."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.closing.month_ends import close
from billing.closing.zones import follow_zone
from billing.models import Subscription
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from tests.billing.closing.accounts import APRIL, MARCH, SOON, day, make_account, written

pytestmark = pytest.mark.django_db
AUCKLAND, HONOLULU = "Pacific/Auckland", "Pacific/Honolulu"
# When March ends there.
ENDS = {AUCKLAND: datetime(2026, 3, 31, 11, tzinfo=UTC), HONOLULU: datetime(2026, 4, 1, 10, tzinfo=UTC)}


def moved(subscription: Subscription, zone: str, *, now: datetime) -> Subscription:
    tenant = subscription.tenant
    tenant.time_zone = zone
    tenant.save(update_fields=["time_zone"])
    with tenant_scope(tenant.pk):
        follow_zone(tenant, now=now)
        return Subscription.objects.get(pk=subscription.pk)


@pytest.mark.parametrize("zone", [AUCKLAND, HONOLULU])
def test_the_running_month_ends_on_the_new_clock(zone: str) -> None:
    subscription = make_account()

    after = moved(subscription, zone, now=day(10))

    assert (after.month, after.billed_until, after.closes_at) == (MARCH.date(), MARCH, ENDS[zone])


def test_what_is_over_there_already_is_the_next_month() -> None:
    subscription = make_account(starts=APRIL - timedelta(hours=4))

    after = moved(subscription, AUCKLAND, now=APRIL - timedelta(hours=3))

    assert after.month == APRIL.date()
    assert after.closes_at > after.billed_until


@pytest.mark.parametrize(("first", "then"), [("UTC", AUCKLAND), (AUCKLAND, HONOLULU), (HONOLULU, AUCKLAND)])
def test_months_follow_each_other_whatever_the_clock_was(first: str, then: str) -> None:
    subscription = make_account(starts=day(5), zone=first)
    with tenant_scope(subscription.tenant_id):
        close(subscription.pk, now=day(10, month=4))

    moved(subscription, then, now=day(10, month=4))
    with tenant_scope(subscription.tenant_id):
        close(subscription.pk, now=day(10, month=5))

    [march, april] = written([subscription])[subscription.pk]
    assert (march[0], april[0]) == ("2026-03", "2026-04")
    assert march[2] == april[1]
    assert len(april[5]) == 1


def test_a_change_that_the_month_was_not_told_of_is_seen_when_it_is_closed() -> None:
    subscription = make_account()
    Tenant.objects.filter(pk=subscription.tenant_id).update(time_zone=HONOLULU)

    with tenant_scope(subscription.tenant_id):
        assert close(subscription.pk, now=APRIL + SOON) is None
        assert Subscription.objects.get(pk=subscription.pk).closes_at == ENDS[HONOLULU]
        period = close(subscription.pk, now=ENDS[HONOLULU])

    assert period is not None
    assert (period.begins, period.ends, period.time_zone) == (MARCH, ENDS[HONOLULU], HONOLULU)


def test_a_month_that_is_over_is_left_to_its_closing() -> None:
    subscription = make_account()

    assert moved(subscription, HONOLULU, now=APRIL + SOON).closes_at == APRIL
