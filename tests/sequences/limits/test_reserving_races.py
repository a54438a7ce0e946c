"""Workers that reserve at the same moment: together they keep to every limit, and none waits for another for ever."""

import itertools
import random
import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from mailhub.tenancy.scope import tenant_scope
from sequences.limits import reserve
from sequences.models import SendingCount
from servers.models import OutgoingServer
from tests.factories import make_outgoing
from tests.sequences.factories import make_marketing_mailbox
from tests.sequences.limits.conftest import NOON, Account, make_account

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
ROUNDS = 5
DOMAINS = ["one.example", "two.example", "three.example"]


def test_parallel_workers_never_exceed_a_limit() -> None:
    account = make_account()
    with tenant_scope(account.tenant.pk):
        servers = [account.server, make_outgoing(make_marketing_mailbox(account.tenant))]
        account.settings(per_day=17, domain_per_day=7)
        account.limit(servers[0], per_day=9)
        account.limit(servers[1], per_day=12, per_minute=11)
    sent: list[tuple[OutgoingServer, str]] = []
    errors: list[BaseException] = []

    def work(number: int) -> None:
        wishes = list(itertools.product(servers, DOMAINS)) * ROUNDS
        random.Random(number).shuffle(wishes)
        try:
            with tenant_scope(account.tenant.pk):
                for server, domain in wishes:
                    if _reserved(account, server, domain):
                        sent.append((server, domain))
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert errors == []
    by_server = Counter(server.pk for server, _domain in sent)
    # The lower limits leave room for it.
    assert len(sent) == 17
    assert by_server[servers[0].pk] <= 9
    assert by_server[servers[1].pk] <= 11
    assert max(Counter(domain for _server, domain in sent).values()) <= 7
    with tenant_scope(account.tenant.pk):
        assert SendingCount.objects.get(scope=SendingCount.Scope.ACCOUNT).count == 17
        counted = SendingCount.objects.filter(scope=SendingCount.Scope.DOMAIN).values_list("count", flat=True)
        assert sum(counted) == 17


def _reserved(account: Account, server: OutgoingServer, domain: str) -> bool:
    with transaction.atomic():
        return reserve(account.intention(server, recipient_domain=domain), now=NOON) is None
