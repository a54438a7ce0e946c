"""Mailboxes whose subscription ended: switched off through the ledger, and free to count against another one."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from billing import subscribing
from billing.closing.month_ends import close
from billing.limits import SubscriptionEnded
from billing.models import Activation, Plan, Subscription
from mailboxes import changing
from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def test_the_mailboxes_of_the_last_subscription_are_off_and_may_count_against_what_took_its_place(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        ending = subscribing.first_subscription()
        subscribing.cancel(ending, now=clock.now())

        period = close(ending.pk, now=ending.closes_at)

        assert period is not None
        assert "2 mailboxes were switched off, and nothing in them was deleted." in period.remark
        assert not Mailbox.objects.filter(is_active=True).exists()
        ended = ending.refreshed()
        assert (ended.active_count, ended.ended_at) == (0, ending.closes_at)
        assert sum(Activation.objects.filter(subscription=ending).values_list("change", flat=True)) == 0
        changing.activate(cast.mailbox, now=clock.now())
        assert cast.mailbox.refreshed().subscription == subscribing.first_subscription()
        assert subscribing.first_subscription().active_count == 1


def test_other_subscriptions_and_their_mailboxes_go_on(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        ending = subscribing.first_subscription()
        premium = Plan.objects.get(code="premium", is_current=True)
        other: Subscription = subscribing.start(cast.tenant, premium, name="Other", now=clock.now())
        moving = cast.hidden_mailbox.refreshed()
        moving.subscription = other
        changing.change_mailbox(moving, now=clock.now(), agrees_to_fee=True)
        subscribing.cancel(ending, now=clock.now())

        close(ending.pk, now=ending.closes_at)

        assert (cast.mailbox.refreshed().is_active, moving.refreshed().is_active) == (False, True)
        with pytest.raises(SubscriptionEnded):
            changing.activate(cast.mailbox, now=clock.now())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no locks of rows.")
@pytest.mark.django_db(transaction=True)
def test_nobody_is_waited_for_who_switches_on_a_mailbox_of_it_at_that_moment() -> None:
    """They have the mailbox, and wait for the subscription, which the closing has."""
    cast = make_cast()
    has_it, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant_scope(cast.tenant.pk), transaction.atomic():
            Mailbox.objects.select_for_update(of=("self",)).get(pk=cast.mailbox.pk)
            has_it.set()
            may_go.wait(10)
        connection.close()

    with tenant_scope(cast.tenant.pk):
        ending = subscribing.first_subscription()
        changing.deactivate(cast.mailbox, now=clock.now())
        subscribing.cancel(ending, now=clock.now())
        somebody = threading.Thread(target=hold)
        somebody.start()
        has_it.wait(10)

        with pytest.raises(OperationalError):
            close(ending.pk, now=ending.closes_at)
        may_go.set()
        somebody.join()

        assert ending.refreshed().ended_at is None
        assert close(ending.pk, now=ending.closes_at) is not None
