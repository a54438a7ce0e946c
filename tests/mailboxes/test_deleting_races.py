"""Several workers and several people at one mailbox that goes: nothing is lost, counted twice or left behind."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from billing import subscribing
from billing.models import Activation
from mailboxes import deleting, emptying
from mailboxes.models import Conversation, Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)

NOW = clock.now()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def at_once(cast: Cast, work: Callable[[], object], *, workers: int = 3) -> None:
    start, errors = threading.Barrier(workers), list[BaseException]()

    def run() -> None:
        try:
            start.wait(timeout=10)
            with tenant_scope(cast.tenant.pk):
                work()
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_two_people_who_delete_it_at_once_count_it_off_once(cast: Cast) -> None:
    at_once(cast, lambda: deleting.delete(cast.mailbox, successor=cast.hidden_mailbox, now=NOW))

    with tenant_scope(cast.tenant.pk):
        assert Activation.objects.filter(mailbox_id=cast.mailbox.pk, change=Activation.Change.OFF).count() == 1
        assert subscribing.first_subscription().active_count == Mailbox.objects.filter(is_active=True).count()


def test_workers_at_the_same_mailbox_do_not_get_into_each_others_way(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "BATCH", 5)
    with tenant_scope(cast.tenant.pk):
        Conversation.objects.bulk_create(
            Conversation(tenant=cast.tenant, mailbox=cast.mailbox, created_at=NOW, last_at=NOW) for _ in range(60)
        )
        deleting.delete(cast.mailbox, successor=cast.hidden_mailbox, now=NOW)

    at_once(cast, lambda: emptying.empty(cast.mailbox.pk))
    with tenant_scope(cast.tenant.pk):
        # Whoever found it held left it to the other; the sweep rings again for what is left.
        emptying.empty(cast.mailbox.pk)

        assert not Mailbox.with_deleted.filter(pk=cast.mailbox.pk).exists()
        assert not Conversation.objects.exists()
