"""The pages of plans and subscriptions."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing import subscribing
from billing.models import Activation, Plan, Subscription
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.permissions import Role
from tests.factories import Cast, make_person, signed_in

PLAN, LEDGER = reverse("billing:plan"), reverse("billing:ledger-list")
ADD = reverse("billing:subscription-add")


def change_url(subscription: Subscription) -> str:
    return reverse("billing:plan-change", args=[subscription.pk])


def test_the_page_shows_plan_meter_and_all_plans(owner: Client, subscription: Subscription) -> None:
    text = owner.get(PLAN).content.decode()

    assert "2 of 10" in text
    assert "each further one € 5.00 a month" in text
    assert [plan for plan in ("Free", "Standard", "Premium") if plan in text] == ["Free", "Standard", "Premium"]
    assert "Nothing is charged yet" in text


def test_administrators_look_and_owners_change(cast: Cast, subscription: Subscription) -> None:
    administrator = signed_in(make_person(cast.tenant, Role.ADMINISTRATOR))

    page = administrator.get(PLAN)
    answer = administrator.post(change_url(subscription), {"plan": "premium-1"})

    assert page.status_code == 200
    assert change_url(subscription) not in page.content.decode()
    assert answer.status_code == 403
    assert subscription.refreshed().plan.code == "standard"


def test_members_see_nothing_of_it(cast: Cast) -> None:
    member = signed_in(cast.member)

    assert [member.get(url).status_code for url in (PLAN, LEDGER, ADD)] == [403, 403, 403]


def test_what_changes_is_shown_before_it_is_made(owner: Client, subscription: Subscription) -> None:
    text = owner.get(change_url(subscription), {"plan": "free-1"}).content.decode()

    assert "You lose: Permissions by person" in text
    assert "What is private stays private" in text
    assert subscription.refreshed().plan.code == "standard"


def test_the_plan_is_changed_once_it_is_confirmed(owner: Client, subscription: Subscription) -> None:
    answer = owner.post(change_url(subscription), {"plan": "premium-1"})

    assert answer.headers["Location"] == PLAN
    assert subscription.refreshed().plan.code == "premium"


def test_a_plan_that_is_too_small_is_refused_on_the_page(owner: Client, subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(active_count=5)

    answer = owner.post(change_url(subscription), {"plan": "free-1"})

    assert answer.status_code == 422
    assert "Deactivate 2 of them first" in answer.content.decode()


@pytest.mark.parametrize("key", ["", "free-2", "standard-0", "1", "premium"])
def test_a_plan_that_is_not_sold_cannot_be_chosen(owner: Client, subscription: Subscription, key: str) -> None:
    assert owner.get(change_url(subscription), {"plan": key}).headers["Location"] == PLAN
    assert owner.post(change_url(subscription), {"plan": key}).status_code == 422
    assert subscription.refreshed().plan.code == "standard"


def test_a_price_that_changed_meanwhile_is_not_agreed_to(
    owner: Client, subscription: Subscription, premium: Plan
) -> None:
    premium.supersede(price_minor=29900)

    answer = owner.post(change_url(subscription), {"plan": "premium-1"})

    assert answer.status_code == 422
    assert "not offered any more" in answer.content.decode()


def test_a_subscription_of_others_is_not_found(cast: Cast, subscription: Subscription) -> None:
    stranger = signed_in(cast.stranger)

    assert stranger.get(change_url(subscription), {"plan": "free-1"}).status_code == 404
    assert stranger.post(change_url(subscription), {"plan": "premium-1"}).status_code == 404


def test_an_account_may_have_several_subscriptions(owner: Client, subscription: Subscription) -> None:
    owner.post(ADD, {"name": "Daughter", "plan": "free-1"})

    assert [(str(one), one.plan.code) for one in Subscription.objects.running()] == [
        ("Main", "standard"),
        ("Daughter", "free"),
    ]


def test_a_name_is_given_once(owner: Client, subscription: Subscription) -> None:
    answer = owner.post(ADD, {"name": "Main", "plan": "free-1"})

    assert answer.status_code == 422
    assert "has this name" in answer.content.decode()


def test_fields_that_a_form_does_not_have_do_nothing(owner: Client, cast: Cast, subscription: Subscription) -> None:
    """SECURITY B096-B099."""
    claims = {"tenant": cast.other_tenant.pk, "account": cast.other_tenant.pk, "id": str(new_id()), "active_count": -5}

    owner.post(ADD, {"name": "Daughter", "plan": "free-1", "started_at": "2001-01-01", **claims})
    owner.post(change_url(subscription), {"plan": "premium-1", "price_minor": 0, **claims})

    started = Subscription.objects.get(name="Daughter")
    assert (started.tenant, started.active_count) == (cast.tenant, 0)
    assert started.started_at.year > 2001
    assert Plan.objects.get(code="premium").price_minor == 19900
    assert subscription.refreshed().active_count == 2


def test_the_ledger_is_shown_page_by_page_in_a_fixed_number_of_queries(
    owner: Client, cast: Cast, subscription: Subscription, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        Activation.objects.create(
            tenant=cast.tenant,
            subscription=subscription,
            mailbox_id=new_id(),
            mailbox_name=f"Box {number}",
            change=1,
            at=clock.now(),
        )
    first = owner.get(LEDGER)
    second = owner.get(LEDGER, {"before": str(first.context["page"].next_before)})

    assert [row.mailbox_name for row in first.context["page"].rows][:2] == ["Box 59", "Box 58"]
    assert len(second.context["page"].rows) == 12
    assert second.context["page"].next_before is None
    with django_assert_num_queries(7):
        owner.get(LEDGER)


def test_a_place_that_is_none_is_not_found(owner: Client) -> None:
    assert owner.get(LEDGER, {"before": "garbage"}).status_code == 404


def test_the_ledger_of_others_is_not_shown(cast: Cast) -> None:
    text = signed_in(cast.stranger).get(LEDGER).content.decode()

    assert "Sales" in text
    assert "Support" not in text


def test_the_first_subscription_is_the_oldest(cast: Cast, subscription: Subscription, free: Plan) -> None:
    subscribing.start(cast.tenant, free, name="A later one", now=clock.now())

    assert subscribing.first_subscription() == subscription
