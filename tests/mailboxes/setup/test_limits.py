"""What a mailbox counts against, on the pages: limits, fees, and the ledger behind them (SPEC M1, B1, B2)."""

import pytest
from django.test import Client
from django.urls import reverse

from billing import subscribing
from billing.models import Activation, Plan, Subscription
from mailboxes.forms.adding import AddMailboxForm
from mailboxes.forms.saving import saved
from mailboxes.models import Mailbox
from mailhub import clock
from tests.factories import Cast, make_mailbox, make_tenant
from tests.mailboxes.setup.typed import incoming, mailbox, outgoing

pytestmark = pytest.mark.usefixtures("scope")

ADD, LIST = reverse("mailboxes:mailbox-add"), reverse("mailboxes:mailbox-list")


@pytest.fixture
def subscription(scope: None) -> Subscription:
    return subscribing.first_subscription()


@pytest.fixture
def second(cast: Cast, subscription: Subscription) -> Subscription:
    """A second subscription, on the free plan."""
    return subscribing.start(cast.tenant, Plan.objects.get(code="free"), name="Daughter", now=clock.now())


def url(name: str, box: Mailbox) -> str:
    return reverse(f"mailboxes:mailbox-{name}", args=[box.pk])


def fill(subscription: Subscription) -> None:
    """Have all included mailboxes be in use."""
    included = subscription.plan.included_mailboxes
    Subscription.objects.filter(pk=subscription.pk).update(active_count=included)


def last_change() -> tuple[str, int, str]:
    row = Activation.objects.select_related("subscription").order_by("id").last()
    return row.mailbox_name, row.change, str(row.subscription)


def changed(box: Mailbox, **more: str) -> dict[str, str]:
    return {"name": box.name, "address": box.address, "kind": box.kind, "comments": "", **more}


def test_adding_deactivating_activating_and_deleting_write_the_ledger(
    owner: Client, subscription: Subscription
) -> None:
    seen = []

    owner.post(ADD, mailbox() | incoming() | outgoing())
    added = Mailbox.objects.get(name="Helpdesk")
    for name, content in (("deactivate", {}), ("activate", {}), ("delete", {"confirm": "Helpdesk"})):
        seen.append(last_change())
        owner.post(url(name, added), content)
    seen.append(last_change())

    assert [(name, change) for name, change, _subscription in seen] == [
        ("Helpdesk", 1),
        ("Helpdesk", -1),
        ("Helpdesk", 1),
        ("Helpdesk", -1),
    ]
    assert subscription.refreshed().active_count == 2


def test_a_switch_that_is_pressed_twice_counts_once(owner: Client, cast: Cast, subscription: Subscription) -> None:
    for _ in range(2):
        owner.post(url("deactivate", cast.mailbox))
    for _ in range(2):
        owner.post(url("activate", cast.mailbox))

    assert subscription.refreshed().active_count == 2


def test_a_mailbox_that_is_added_inactive_does_not_count(owner: Client, subscription: Subscription) -> None:
    typed = mailbox() | incoming() | outgoing()
    del typed["is_active"]

    owner.post(ADD, typed)

    assert subscription.refreshed().active_count == 2


def test_the_list_shows_administrators_how_much_is_in_use_and_members_nothing(owner: Client, member: Client) -> None:
    assert "2 of 10" in owner.get(LIST).content.decode()
    assert "of 10" not in member.get(LIST).content.decode()


def test_adding_beyond_the_limit_names_the_fee_and_wants_a_tick(owner: Client, subscription: Subscription) -> None:
    fill(subscription)
    typed = mailbox() | incoming() | outgoing()

    announced = owner.get(ADD).content.decode()
    refused = owner.post(ADD, typed)
    agreed = owner.post(ADD, {**typed, "agrees_to_fee": "on"})

    assert "I agree to € 5.00 a month, without tax, for this further mailbox" in announced
    assert refused.status_code == 422
    assert "This one costs € 5.00 a month without tax" in refused.content.decode()
    assert agreed.status_code == 302
    assert subscription.refreshed().active_count == 11


def test_no_fee_is_spoken_of_below_the_limit(owner: Client) -> None:
    assert "agrees_to_fee" not in owner.get(ADD).content.decode()


def test_activating_beyond_the_limit_names_the_fee_and_wants_a_tick(
    owner: Client, cast: Cast, subscription: Subscription
) -> None:
    owner.post(url("deactivate", cast.mailbox))
    fill(subscription)

    refused = owner.post(url("activate", cast.mailbox))
    was_off = not cast.mailbox.refreshed().is_active
    owner.post(url("activate", cast.mailbox), {"agrees_to_fee": "on"})

    assert refused.status_code == 422
    assert "Activate for € 5.00 a month" in refused.content.decode()
    assert was_off
    assert cast.mailbox.refreshed().is_active
    assert subscription.refreshed().active_count == 11


def test_a_hard_limit_names_itself_and_the_way_out(owner: Client, cast: Cast, subscription: Subscription) -> None:
    owner.post(url("deactivate", cast.mailbox))
    subscribing.change_plan(subscription, Plan.objects.get(code="free"), now=clock.now())
    fill(subscription.refreshed())

    activating = owner.post(url("activate", cast.mailbox), {"agrees_to_fee": "on"})
    adding = owner.post(ADD, {**mailbox(), **incoming(), **outgoing(), "agrees_to_fee": "on"})

    for answer in (activating, adding):
        assert answer.status_code == 422
        assert "includes 3 active mailboxes, all of them in use and has no room for more" in answer.content.decode()
    assert reverse("billing:plan") in activating.content.decode()
    assert not cast.mailbox.refreshed().is_active
    assert not Mailbox.objects.filter(name="Helpdesk").exists()


def test_a_place_that_is_taken_between_check_and_save_becomes_an_error_of_the_form(
    cast: Cast, subscription: Subscription
) -> None:
    form = AddMailboxForm(cast.tenant, mailbox() | incoming() | outgoing())
    assert form.is_valid()
    fill(subscription)

    is_saved = saved(form, lambda: form.save(now=clock.now()))

    assert not is_saved
    assert "agrees_to_fee" in form.mailbox.errors
    assert not Mailbox.objects.filter(name="Helpdesk").exists()


def test_a_mailbox_moves_to_another_subscription_with_its_count(
    owner: Client, cast: Cast, subscription: Subscription, second: Subscription
) -> None:
    owner.post(url("change", cast.mailbox), changed(cast.mailbox, subscription=str(second.pk)))

    assert cast.mailbox.refreshed().subscription == second
    assert (subscription.refreshed().active_count, second.refreshed().active_count) == (1, 1)
    assert {(one.change, str(one.subscription)) for one in Activation.objects.order_by("-id")[:2]} == {
        (-1, "Main"),
        (1, "Daughter"),
    }


def test_a_subscription_without_room_takes_no_mailbox(
    owner: Client, cast: Cast, subscription: Subscription, second: Subscription
) -> None:
    fill(second)

    answer = owner.post(url("change", cast.mailbox), changed(cast.mailbox, subscription=str(second.pk), name="New"))

    assert answer.status_code == 422
    assert "no room for more" in str(answer.context["form"].errors["subscription"])
    assert (cast.mailbox.refreshed().name, cast.mailbox.refreshed().subscription) == ("Support", subscription)


def test_an_inactive_mailbox_moves_without_counting(
    owner: Client, cast: Cast, subscription: Subscription, second: Subscription
) -> None:
    owner.post(url("deactivate", cast.mailbox))
    fill(second)

    owner.post(url("change", cast.mailbox), changed(cast.mailbox, subscription=str(second.pk)))

    assert cast.mailbox.refreshed().subscription == second
    assert second.refreshed().active_count == 3


def test_a_subscription_of_others_cannot_be_chosen(
    owner: Client, cast: Cast, subscription: Subscription, second: Subscription
) -> None:
    """SECURITY B098."""
    answer = owner.post(
        url("change", cast.mailbox), changed(cast.mailbox, subscription=str(cast.other_mailbox.subscription_id))
    )

    assert answer.status_code == 422
    assert cast.mailbox.refreshed().subscription == subscription


def test_who_may_use_a_new_mailbox_is_a_choice_where_the_plan_has_it(owner: Client) -> None:
    owner.post(ADD, {**mailbox(), **incoming(), **outgoing(), "is_open": "on"})

    assert Mailbox.objects.get(name="Helpdesk").is_open


def test_where_the_plan_lacks_it_every_new_mailbox_is_open_and_the_form_says_why(
    owner: Client, subscription: Subscription
) -> None:
    subscribing.change_plan(subscription, Plan.objects.get(code="free"), now=clock.now())

    text = owner.get(ADD).content.decode()
    owner.post(ADD, {**mailbox(), **incoming(), **outgoing(), "is_open": ""})

    assert "Permissions by person: not part of the plan Free" in text
    assert Mailbox.objects.get(name="Helpdesk").is_open


def test_a_mailbox_of_another_account_counts_there_only(cast: Cast, subscription: Subscription) -> None:
    make_mailbox(make_tenant("Third"))

    assert subscription.refreshed().active_count == 2
