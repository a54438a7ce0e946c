"""The pages of plans and subscriptions."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing import subscribing
from billing.ledger import activate
from billing.models import Activation, Plan, Subscription
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.permissions import Role
from tests.factories import Cast, make_mailbox, make_person, make_tenant, signed_in

NOW = clock.now()
PLAN, LEDGER = reverse("billing:plan"), reverse("billing:ledger-list")
ADD = reverse("billing:subscription-add")


def change_url(subscription: Subscription) -> str:
    return reverse("billing:plan-change", args=[subscription.pk])


def drop_url(subscription: Subscription) -> str:
    return reverse("billing:plan-change-drop", args=[subscription.pk])


def cancel_url(subscription: Subscription) -> str:
    return reverse("billing:subscription-cancel", args=[subscription.pk])


def continue_url(subscription: Subscription) -> str:
    return reverse("billing:subscription-continue", args=[subscription.pk])


def test_the_page_shows_plan_meter_and_all_plans(owner: Client, subscription: Subscription) -> None:
    text = owner.get(PLAN).content.decode()

    assert "2 of 10" in text
    assert "each further one € 5.00 a month" in text
    assert [plan for plan in ("Free", "Standard", "Premium") if plan in text] == ["Free", "Standard", "Premium"]
    assert "Nothing is charged yet" not in text


def test_administrators_look_and_owners_change(cast: Cast, subscription: Subscription) -> None:
    administrator = signed_in(make_person(cast.tenant, Role.ADMINISTRATOR))

    page = administrator.get(PLAN)
    answer = administrator.post(change_url(subscription), {"plan": "premium-1", "when": "now"})

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
    answer = owner.post(change_url(subscription), {"plan": "premium-1", "when": "now"})

    assert answer.headers["Location"] == PLAN
    assert subscription.refreshed().plan.code == "premium"


def test_a_plan_that_is_too_small_is_refused_on_the_page(owner: Client, subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(active_count=5)

    answer = owner.post(change_url(subscription), {"plan": "free-1", "when": "now"})

    assert answer.status_code == 422
    assert "Deactivate 2 of them first" in answer.content.decode()


@pytest.mark.parametrize("key", ["", "free-2", "standard-0", "1", "premium", "\x00"])
def test_a_plan_that_is_not_sold_cannot_be_chosen(owner: Client, subscription: Subscription, key: str) -> None:
    page = owner.get(change_url(subscription), {"plan": key})
    answer = owner.post(change_url(subscription), {"plan": key, "when": "now"})

    assert page.status_code == 200
    assert "with Premium</span>" in page.content.decode()
    assert answer.status_code == 422
    assert subscription.refreshed().plan.code == "standard"


def test_a_price_that_changed_meanwhile_is_not_agreed_to(
    owner: Client, subscription: Subscription, premium: Plan
) -> None:
    premium.supersede(price_minor=29900)

    answer = owner.post(change_url(subscription), {"plan": "premium-1", "when": "now"})

    assert answer.status_code == 422
    assert "not offered any more" in answer.content.decode()


def test_a_subscription_of_others_is_not_found(cast: Cast, subscription: Subscription) -> None:
    stranger = signed_in(cast.stranger)

    assert stranger.get(change_url(subscription), {"plan": "free-1"}).status_code == 404
    assert stranger.post(change_url(subscription), {"plan": "premium-1", "when": "now"}).status_code == 404


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
    owner.post(change_url(subscription), {"plan": "premium-1", "when": "now", "price_minor": 0, **claims})

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


def test_the_ledger_is_shown_of_one_subscription(
    owner: Client, cast: Cast, subscription: Subscription, free: Plan
) -> None:
    other = subscribing.start(cast.tenant, free, name="Daughter", now=NOW)
    activate(other, new_id(), "Elsewhere", now=NOW)

    page = owner.get(LEDGER, {"subscription": str(other.pk)})

    assert [row.mailbox_name for row in page.context["page"].rows] == ["Elsewhere"]
    assert owner.get(LEDGER, {"subscription": str(new_id())}).status_code == 404
    assert signed_in(cast.stranger).get(LEDGER, {"subscription": str(other.pk)}).status_code == 404


def test_a_place_that_is_none_is_not_found(owner: Client) -> None:
    assert owner.get(LEDGER, {"before": "garbage"}).status_code == 404


def test_the_ledger_of_others_is_not_shown(cast: Cast) -> None:
    text = signed_in(cast.stranger).get(LEDGER).content.decode()

    assert "Sales" in text
    assert "Support" not in text


def test_the_first_subscription_is_the_oldest(cast: Cast, subscription: Subscription, free: Plan) -> None:
    subscribing.start(cast.tenant, free, name="A later one", now=clock.now())

    assert subscribing.first_subscription() == subscription


def test_the_page_asks_as_often_for_ten_subscriptions_as_for_one(
    owner: Client,
    cast: Cast,
    subscription: Subscription,
    premium: Plan,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    owner.get(PLAN)
    with CaptureQueriesContext(connection) as few:
        owner.get(PLAN)
    for number in range(9):
        activate(subscribing.start(cast.tenant, premium, name=f"Daughter {number}", now=NOW), new_id(), "Box", now=NOW)

    with django_assert_num_queries(len(few)):
        page = owner.get(PLAN)

    assert len(page.context["months"]) == 10
    assert len(few) <= 17


def test_the_overview_names_time_zone_peak_days_and_lines(
    owner: Client, cast: Cast, subscription: Subscription
) -> None:
    cast.tenant.time_zone = "Europe/Berlin"
    cast.tenant.save(update_fields=["time_zone"])

    text = owner.get(PLAN).content.decode()

    assert "those of the account: Europe/Berlin" in text
    assert "2 at most" in text
    assert "Active at most" in text
    assert reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk]) in text


def test_why_closing_failed_is_for_the_operator_only(owner: Client, subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(closing_error="Traceback: no rate")

    assert "Traceback" not in owner.get(PLAN).content.decode()


def test_a_thousand_mailboxes_and_a_long_name_stay_one_small_page(
    owner: Client, cast: Cast, subscription: Subscription
) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(name="W" * 60)
    Activation.objects.bulk_create(
        Activation(
            tenant=cast.tenant,
            subscription=subscription,
            mailbox_id=new_id(),
            mailbox_name="M" * 120,
            change=1,
            at=NOW,
        )
        for _number in range(1000)
    )

    page = owner.get(PLAN)

    assert page.status_code == 200
    assert len(page.content) < 200_000
    assert "more mailboxes" in page.content.decode()


def test_subscriptions_that_have_ended_are_named(
    owner: Client, cast: Cast, subscription: Subscription, free: Plan
) -> None:
    other = subscribing.start(cast.tenant, free, name="Pop-up store", now=NOW)
    Subscription.objects.filter(pk=other.pk).update(ended_at=NOW)

    page = owner.get(PLAN)

    assert "Pop-up store" in page.content.decode()
    assert len(page.context["months"]) == 1


def test_a_free_plan_at_its_limit_says_so(db: None) -> None:
    tenant = make_tenant(plan="free")
    owner = signed_in(make_person(tenant))
    for _number in range(3):
        make_mailbox(tenant)

    text = owner.get(PLAN).content.decode()

    assert "the plan Free has no room for more" in text
    assert "A month that costs nothing has no invoice" in text


def test_an_account_without_a_mailbox_has_its_page(db: None) -> None:
    owner = signed_in(make_person(make_tenant()))

    text = owner.get(PLAN).content.decode()

    assert "0 of 10" in text
    assert "No mailbox was active in these days" in text


def test_a_change_waits_for_the_end_of_the_month_and_is_withdrawn(
    owner: Client, subscription: Subscription, free: Plan
) -> None:
    owner.post(change_url(subscription), {"plan": "free-1", "when": "month_end"})
    planned = subscription.refreshed()
    text = owner.get(PLAN).content.decode()
    owner.post(drop_url(subscription))

    assert (planned.plan.code, planned.next_plan_id == free.pk) == ("standard", True)
    assert "Keep Standard" in text
    assert subscription.refreshed().next_plan is None


def test_a_smaller_plan_is_offered_for_the_end_of_the_month_and_a_larger_one_for_now(
    owner: Client, subscription: Subscription
) -> None:
    smaller = owner.get(change_url(subscription), {"plan": "free-1"}).context["form"]
    larger = owner.get(change_url(subscription), {"plan": "premium-1"}).context["form"]

    assert (smaller["when"].value(), larger["when"].value()) == ("month_end", "now")


@pytest.mark.parametrize("when", ["", "yesterday", "\x00"])
def test_a_change_needs_to_know_when(owner: Client, subscription: Subscription, when: str) -> None:
    answer = owner.post(change_url(subscription), {"plan": "premium-1", "when": when})

    assert answer.status_code == 422
    assert subscription.refreshed().plan.code == "standard"


def test_a_plan_of_another_currency_is_refused_on_the_page(owner: Client, subscription: Subscription) -> None:
    Plan.objects.create(code="dollars", name="Dollars", included_mailboxes=50, price_minor=100, currency="USD")

    page = owner.get(change_url(subscription), {"plan": "dollars-1"})
    answer = owner.post(change_url(subscription), {"plan": "dollars-1", "when": "now"})

    assert "an invoice has one currency" in page.content.decode()
    assert answer.status_code == 422
    assert subscription.refreshed().plan.code == "standard"


def test_cancelling_says_what_happens_and_can_be_undone(owner: Client, subscription: Subscription) -> None:
    asked = owner.get(cancel_url(subscription)).content.decode()
    before = subscription.refreshed().cancelled_at
    owner.post(cancel_url(subscription))
    cancelled = subscription.refreshed().cancelled_at
    text = owner.get(PLAN).content.decode()
    owner.post(continue_url(subscription))

    assert "2 active mailboxes are switched off then" in asked
    assert "Nothing is deleted" in asked
    assert "new one with the plan Free" in asked
    assert (before, cancelled is not None) == (None, True)
    assert "Let Main go on" in text
    assert change_url(subscription) not in text
    assert subscription.refreshed().cancelled_at is None


def test_the_last_one_with_the_default_plan_cannot_be_cancelled(
    owner: Client, subscription: Subscription, free: Plan
) -> None:
    subscribing.change_plan(subscription, free, now=NOW)

    answer = owner.post(cancel_url(subscription))

    assert answer.status_code == 422
    assert "nothing to cancel" in answer.content.decode()


def test_one_that_has_ended_is_not_found(owner: Client, subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(ended_at=NOW)

    answers = [owner.get(change_url(subscription)), owner.get(cancel_url(subscription))]
    answers += [owner.post(url(subscription)) for url in (drop_url, cancel_url, continue_url)]

    assert [answer.status_code for answer in answers] == [404] * 5


def test_only_owners_cancel(cast: Cast, subscription: Subscription) -> None:
    administrator, stranger = signed_in(make_person(cast.tenant, Role.ADMINISTRATOR)), signed_in(cast.stranger)

    for url in (cancel_url, continue_url, drop_url):
        assert administrator.post(url(subscription)).status_code == 403
        assert stranger.post(url(subscription)).status_code == 404
    assert subscription.refreshed().cancelled_at is None


def test_one_more_subscription_says_what_its_first_month_costs(owner: Client, subscription: Subscription) -> None:
    text = owner.get(ADD).content.decode()

    assert "€ 199.00 a month" in text
    assert f"{NOW:%B %Y}: € " in text
