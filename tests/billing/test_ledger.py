"""The ledger of active mailboxes, and the limits that it holds (SPEC B2, B3)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from billing import subscribing
from billing.drafting import changes_of
from billing.ledger import activate, deactivate, move
from billing.limits import FeeNotAgreed, LimitReached, SubscriptionEnded
from billing.models import Activation, Plan, Subscription
from billing.models.activations import LedgerIsAppendOnly
from billing.reckoning.usage import usage_of
from mailboxes import adding
from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_mailbox, make_tenant


def changes(subscription: Subscription) -> list[tuple[str, int]]:
    rows = Activation.objects.filter(subscription=subscription).order_by("id")
    return list(rows.values_list("mailbox_name", "change"))


def test_activating_and_deactivating_are_written_down_and_counted(subscription: Subscription) -> None:
    mailbox_id = new_id()

    activate(subscription, mailbox_id, "Orders", now=clock.now())
    deactivate(subscription, mailbox_id, "Orders", now=clock.now())

    assert changes(subscription)[-2:] == [("Orders", 1), ("Orders", -1)]
    assert subscription.refreshed().active_count == 2


def test_the_free_plan_takes_three_and_no_more(db: None) -> None:
    tenant = make_tenant(plan="free")
    with tenant_scope(tenant.pk):
        subscription = subscribing.first_subscription()
        for number in range(3):
            activate(subscription, new_id(), f"Box {number}", now=clock.now())

        with pytest.raises(LimitReached, match=r"includes 3 active mailboxes.*Deactivate another mailbox, or change"):
            activate(subscription, new_id(), "One more", now=clock.now(), agrees_to_fee=True)

        assert subscription.refreshed().active_count == 3
        assert len(changes(subscription)) == 3


def test_beyond_a_soft_limit_the_fee_is_named_and_has_to_be_agreed_to(subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(active_count=10)

    with pytest.raises(FeeNotAgreed, match=r"€ 5\.00 a month") as refused:
        activate(subscription, new_id(), "Eleventh", now=clock.now())
    activate(subscription, new_id(), "Eleventh", now=clock.now(), agrees_to_fee=True)

    assert refused.value.fee.minor == 500
    assert subscription.refreshed().active_count == 11


def test_moving_is_written_on_both_sides(subscription: Subscription, cast: Cast, premium: Plan) -> None:
    other = subscribing.start(cast.tenant, premium, name="Daughter", now=clock.now())

    move(subscription, other, cast.mailbox.pk, "Support", now=clock.now())

    assert changes(subscription)[-1] == ("Support", -1)
    assert changes(other) == [("Support", 1)]
    assert (subscription.refreshed().active_count, other.refreshed().active_count) == (1, 1)


def test_a_move_that_the_target_has_no_room_for_changes_nothing(
    subscription: Subscription, cast: Cast, free: Plan
) -> None:
    other = subscribing.start(cast.tenant, free, name="Daughter", now=clock.now())
    Subscription.objects.filter(pk=other.pk).update(active_count=3)

    with pytest.raises(LimitReached):
        move(subscription, other, cast.mailbox.pk, "Support", now=clock.now())

    assert subscription.refreshed().active_count == 2
    assert changes(other) == []


def test_nothing_counts_against_a_subscription_that_has_ended(subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(ended_at=clock.now())

    with pytest.raises(SubscriptionEnded, match="Choose another one"):
        activate(subscription, new_id(), "Late", now=clock.now())


def test_who_switches_by_a_clock_that_is_behind_is_counted_in_the_order_in_which_it_happened(
    subscription: Subscription,
) -> None:
    mailbox_id, at = new_id(), clock.now()
    activate(subscription, mailbox_id, "Orders", now=at)

    deactivate(subscription, mailbox_id, "Orders", now=at - timedelta(seconds=2))

    usage = usage_of(changes_of(subscription), (), begins=at, ends=at + timedelta(days=1))
    active = [one.mailbox_name for one in usage.intervals if one.ends is None]
    assert len(active) == subscription.refreshed().active_count
    assert "Orders" not in active


def test_rows_are_never_changed(subscription: Subscription) -> None:
    row = Activation.objects.order_by("id").first()
    row.mailbox_name = "Other"

    with pytest.raises(LedgerIsAppendOnly):
        row.save()
    with pytest.raises(LedgerIsAppendOnly):
        Activation.objects.filter(pk=row.pk).update(change=-1)


def test_deleting_a_tenant_takes_its_ledger_along(cast: Cast) -> None:
    make_mailbox(cast.tenant)

    with tenant_scope(cast.tenant.pk):
        cast.tenant.delete()

        assert not Activation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_fifty_requests_for_the_last_place_one_gets_it() -> None:
    """SECURITY B135."""
    tenant = make_tenant(plan="free")
    for name in ("First", "Second"):
        make_mailbox(tenant, name)
    ready, refused, added = threading.Barrier(50), [], []

    def add(number: int) -> None:
        try:
            ready.wait()
            with tenant_scope(tenant.pk):
                mailbox = Mailbox(tenant=tenant, name=f"Box {number}", address=f"box{number}@acme.example")
                adding.add_mailbox(mailbox, incoming=None, outgoing=None, now=clock.now(), agrees_to_fee=True)
        except LimitReached as error:
            refused.append(error)
        else:
            added.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(added), len(refused)) == (1, 49)
    with tenant_scope(tenant.pk):
        assert Mailbox.objects.filter(is_active=True).count() == 3
        assert subscribing.first_subscription().active_count == 3
        assert sum(Activation.objects.values_list("change", flat=True)) == 3
