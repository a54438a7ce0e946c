"""Row-level security while rows change under a statement."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from mailhub.tenancy.scope import unscoped
from servers.models import IncomingServer
from tests.factories import make_cast, make_incoming

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="Row-level security exists on PostgreSQL only."),
]


def test_two_updates_of_one_row_at_the_same_moment_both_succeed_outside_a_scope() -> None:
    server = make_incoming(make_cast().mailbox)
    has_begun, errors = threading.Event(), []

    def update_too() -> None:
        has_begun.set()
        try:
            with unscoped("a test updates a row that another one holds"):
                IncomingServer.objects.filter(pk=server.pk).update(failure_count=2)
        except Exception as error:  # noqa: BLE001 (shown by the assertion)
            errors.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=update_too)
    with unscoped("a test holds a row"), transaction.atomic():
        IncomingServer.objects.filter(pk=server.pk).update(next_poll_at=server.next_poll_at + timedelta(hours=1))
        other.start()
        has_begun.wait(5)
        other.join(0.5)
    other.join(10)

    assert errors == []
    with unscoped("a test looks at the row"):
        assert IncomingServer.objects.get(pk=server.pk).failure_count == 2
