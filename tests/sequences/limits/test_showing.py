"""What screens say of limits."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from sequences.limits import Used, limits_of, used_today
from tests.factories import make_outgoing
from tests.sequences.factories import make_marketing_mailbox
from tests.sequences.limits.conftest import NOON, Account


def test_a_server_without_limits_shows_the_defaults(account: Account) -> None:
    assert limits_of(account.server, now=NOON) == [
        "10 a minute through smtp.acme.example",
        "200 a day through smtp.acme.example",
    ]


def test_all_that_holds_is_shown_with_the_lowest_of_aliases(account: Account) -> None:
    alias = make_outgoing(account.mailbox, is_default=False, username=account.server.username)
    account.limit(account.server, per_minute=20, per_day=5000)
    account.limit(alias, per_day=1000)
    account.limit(account.mailbox, per_day=50, ramp_starts_on=date(2026, 3, 1), ramp_from=20, ramp_by=5)
    account.settings(per_day=1500, domain_per_day=30)

    shown = limits_of(account.server, now=NOON)

    assert shown == [
        "20 a minute through smtp.acme.example, shared by 2 servers with the same sign-in",
        "1,000 a day through smtp.acme.example, shared by 2 servers with the same sign-in",
        "30 a day from sales@acme.example, while it is ramped up",
        "30 a day to one domain",
        "1,500 a day from this account",
    ]


def test_what_left_today_is_shown_for_each_server_of_the_sign_in(account: Account) -> None:
    alias = make_outgoing(account.mailbox, is_default=False, username=account.server.username)
    elsewhere = make_outgoing(make_marketing_mailbox(account.tenant))
    account.limit(alias, per_day=50)
    account.send(2)
    account.send(1, server=alias)
    account.other_mail(4)

    used = used_today([account.server.pk, alias.pk, elsewhere.pk], now=NOON)

    assert used == {
        account.server.pk: Used(by_sequences=3, other=4, limit=50),
        alias.pk: Used(by_sequences=3, other=4, limit=50),
        elsewhere.pk: Used(by_sequences=0, other=0, limit=200),
    }
    assert used[alias.pk].count == 7


def test_the_number_of_queries_does_not_grow_with_the_servers(account: Account) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        used_today([account.server.pk], now=NOON)
    servers = [make_outgoing(make_marketing_mailbox(account.tenant)) for _ in range(5)]

    with CaptureQueriesContext(connection) as many:
        used_today([one.pk for one in servers], now=NOON)

    assert len(few) == len(many) == 5
