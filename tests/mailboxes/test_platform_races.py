"""Workers that send through the platform's server at the same moment: together they keep to the limit of the day."""

import threading

import pytest
from django.db import connection
from pytest_django import Settings

from mailboxes import claiming
from mailboxes.models import Delivery, PlatformUsage
from mailboxes.platform import ensure_platform
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from servers.models.outgoing import Transport
from tests.factories import make_outgoing
from tests.reliability.office import make_office

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
LIMIT = 7


def test_parallel_workers_hand_over_no_more_than_the_limit(settings: Settings) -> None:
    settings.PLATFORM_DAILY_LIMIT = settings.PLATFORM_NEW_TENANT_DAILY_LIMIT = LIMIT
    ensure_platform("smtp://127.0.0.1:1", "no-reply@platform.example")
    office = make_office()
    server = make_outgoing(office.mailbox, transport=Transport.PLATFORM, host="", authenticate=False)
    with tenant_scope(office.tenant.pk):
        for number in range(6):
            office.submit(server, f"a{number}@customers.example", f"b{number}@customers.example", number=number)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with tenant_scope(office.tenant.pk):
                _hand_over(OutgoingServer.objects.select_related("tenant").get())
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert errors == []
    with tenant_scope(office.tenant.pk):
        assert Delivery.objects.filter(state=Delivery.State.DOT_PENDING).count() == LIMIT
        assert PlatformUsage.objects.get().recipient_count == LIMIT
        # Whoever found the day used up put the rest off; nothing is lost.
        assert Delivery.objects.filter(state__in=Delivery.WAITING).count() == 12 - LIMIT


def _hand_over(server: OutgoingServer) -> None:
    """Claim one message at a time and bring it to the final dot, until there is nothing to claim."""
    while attempts := claiming.claim(server, new_id(), now=clock.now(), limit=1):
        for attempt in attempts:
            assert claiming.mark_dot_pending(attempt, [one.recipient for one in attempt.deliveries.all()])
