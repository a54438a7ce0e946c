"""Plans and their versions (SPEC T5, B1)."""

import pytest
from django.db import IntegrityError, transaction

from billing import features
from billing.models import Feature, Plan, Subscription
from billing.models.plans import PlanIsFixed

pytestmark = pytest.mark.django_db


def test_three_plans_are_shipped() -> None:
    shipped = [
        (plan.code, plan.included_mailboxes, str(plan.price), plan.is_limit_hard, plan.feature_set)
        for plan in Plan.objects.order_by("price_minor")
    ]

    assert shipped == [
        ("free", 3, "€ 0.00", True, frozenset()),
        ("standard", 10, "€ 49.00", False, frozenset(Feature)),
        ("premium", 50, "€ 199.00", False, frozenset(Feature)),
    ]


def test_a_version_never_changes(free: Plan) -> None:
    free.price_minor = 1

    with pytest.raises(PlanIsFixed):
        free.save()


def test_another_price_is_another_version_and_who_has_the_old_one_keeps_it(subscription: Subscription) -> None:
    newer = subscription.plan.supersede(price_minor=5900)

    kept = subscription.refreshed().plan
    assert (newer.version, newer.is_current, newer.price_minor) == (2, True, 5900)
    assert newer.included_mailboxes == kept.included_mailboxes
    assert (kept.version, kept.is_current, kept.price_minor) == (1, False, 4900)


def test_one_version_of_a_plan_is_current(free: Plan) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(code="free", version=2, name="Free", included_mailboxes=1)


@pytest.mark.parametrize(("active", "extra", "price"), [(0, 0, 4900), (10, 0, 4900), (11, 1, 5400), (13, 3, 6400)])
def test_a_month_costs_the_price_and_a_fee_for_each_further_mailbox(active: int, extra: int, price: int) -> None:
    standard = Plan.objects.get(code="standard")

    assert standard.extra_count(active) == extra
    assert standard.monthly_price(active).minor == price


def test_what_a_plan_lacks_is_explained_with_the_plans_that_have_it(subscription: Subscription, free: Plan) -> None:
    subscription.plan = free

    assert not features.has(subscription, Feature.ENCRYPTED_POP)
    assert features.explain_lack(subscription, Feature.ENCRYPTED_POP) == (
        "TLS for connected POP accounts: not part of the plan Free. The plans Standard and Premium have it."
    )
