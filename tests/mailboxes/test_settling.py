"""How long a recipient waits before the message is given up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailboxes import settling
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def delivery(cast: Cast, scope: None) -> Delivery:
    """A recipient of a message that was written six days ago."""
    server = make_outgoing(cast.mailbox)
    outgoing = OutgoingMessage.objects.create(
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        server=server,
        message_id="<six.days@acme.example>",
        from_address="support@acme.example",
        size=10,
        created_at=NOW - timedelta(days=6),
    )
    return Delivery.objects.create(
        tenant=cast.tenant,
        outgoing_message=outgoing,
        server=server,
        recipient="nina@customer.example",
        not_before=NOW,
    )


def _try(delivery: Delivery, *, days_ago: int) -> None:
    DeliveryAttempt.objects.create(
        tenant=delivery.tenant,
        outgoing_message=delivery.outgoing_message,
        server=delivery.server,
        run=new_id(),
        state=DeliveryAttempt.State.FINISHED,
        lease_until=NOW,
        started_at=NOW - timedelta(days=days_ago),
    )
    delivery.attempt_count += 1


def test_a_refusal_after_days_of_waiting_for_the_first_try_is_not_the_end(delivery: Delivery) -> None:
    outcome = settling.waiting(delivery, "Try again later.", now=NOW)

    assert (outcome.state, outcome.not_before) == (Delivery.State.DEFERRED, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(("days", "state"), [(3, Delivery.State.DEFERRED), (5, Delivery.State.FAILED)])
def test_four_days_count_from_the_first_try(delivery: Delivery, days: int, state: Delivery.State) -> None:
    _try(delivery, days_ago=days)
    _try(delivery, days_ago=0)

    outcome = settling.waiting(delivery, "Try again later.", now=NOW)

    assert outcome.state == state
