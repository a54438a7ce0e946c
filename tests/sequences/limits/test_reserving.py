"""The lowest limit wins, and whoever is refused hears until when and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import OutgoingMessage
from mailhub.lib.ids import new_id
from sequences.limits import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE, Refusal, refusal_for, release, reserve
from sequences.limits.sweeping import forget_old_counts
from sequences.models import SendingCount
from servers.models.outgoing import Transport
from tests.factories import make_outgoing
from tests.sequences.factories import make_marketing_mailbox
from tests.sequences.limits.conftest import NOON, Account, minutes

TOMORROW = datetime(2026, 3, 4, tzinfo=UTC)


def _sent(answers: list[Refusal | None]) -> int:
    return answers.count(None)


# One limit at a time


def test_a_sign_in_without_a_limit_has_the_defaults(account: Account) -> None:
    first_minute = account.send(DEFAULT_PER_MINUTE + 1)
    whole_day = [account.send(DEFAULT_PER_MINUTE, NOON + minutes(number)) for number in range(1, 21)]

    assert first_minute[-1] == Refusal(
        until=NOON + minutes(1), because="no more than 10 a minute leave through smtp.acme.example"
    )
    assert _sent(first_minute) + sum(_sent(one) for one in whole_day) == DEFAULT_PER_DAY
    assert whole_day[-1][-1] == Refusal(until=TOMORROW, because="the 200 of today through smtp.acme.example have left")


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"per_day": 2}, "sales@acme.example has sent its 2 of today"),
        (
            {"per_day": 50, "ramp_starts_on": date(2026, 3, 3), "ramp_from": 2},
            "sales@acme.example has sent its 2 of today while it is ramped up",
        ),
    ],
)
def test_a_mailbox_has_a_limit_of_its_own(account: Account, fields: dict[str, Any], because: str) -> None:
    account.limit(account.mailbox, **fields)

    answers = account.send(3)

    assert answers == [None, None, Refusal(until=TOMORROW, because=because)]


def test_a_mailbox_may_be_limited_by_the_minute(account: Account) -> None:
    account.limit(account.mailbox, per_minute=1)

    answers = account.send(2)

    assert answers[1] == Refusal(NOON + minutes(1), "no more than 1 a minute leave from sales@acme.example")


def test_a_domain_has_a_limit_whatever_the_case(account: Account) -> None:
    account.settings(domain_per_day=1)

    answers = [*account.send(1), *account.send(1, recipient_domain="Customers.Example")]

    assert answers == [None, Refusal(TOMORROW, "customers.example has been sent its 1 of today")]
    assert _sent(account.send(1, recipient_domain="elsewhere.example")) == 1


def test_all_mailboxes_of_an_account_share_its_limit(account: Account) -> None:
    account.settings(per_day=2)
    elsewhere = make_outgoing(make_marketing_mailbox(account.tenant))

    answers = [*account.send(1), *account.send(2, server=elsewhere)]

    assert answers == [None, None, Refusal(TOMORROW, "this account has sent its 2 of today")]


def test_a_sequence_begins_with_so_many_contacts_a_day_and_goes_on_with_all(account: Account) -> None:
    first: dict[str, Any] = {"is_first_step": True, "new_per_day": 1}

    answers = [*account.send(2, **first), *account.send(1, new_per_day=1)]

    assert answers == [None, Refusal(TOMORROW, "the sequence has sent first mails to its 1 of today"), None]
    assert _sent(account.send(1, sequence_id=new_id(), **first)) == 1


def test_nothing_leaves_where_nothing_may(account: Account) -> None:
    account.limit(account.server, per_minute=0)

    assert account.send(1)[0] == Refusal(TOMORROW, "no more than 0 a minute leave through smtp.acme.example")


def test_a_limit_that_says_nothing_limits_nothing(account: Account) -> None:
    account.limit(account.server, per_minute=None, per_day=None)

    assert _sent(account.send(15)) == 15


# Several at once


def test_of_all_that_refuse_the_one_that_has_room_last_is_named(account: Account) -> None:
    account.limit(account.server, per_minute=1, per_day=100)
    account.settings(domain_per_day=1)

    answers = account.send(2)

    assert answers[1] == Refusal(TOMORROW, "customers.example has been sent its 1 of today")


def test_whoever_is_refused_is_counted_nowhere(account: Account) -> None:
    account.settings(domain_per_day=1)
    account.limit(account.server, per_day=2)

    account.send(5)

    assert _sent(account.send(1, recipient_domain="elsewhere.example")) == 1
    assert _sent(account.send(1, recipient_domain="nowhere.example")) == 0


def test_asking_counts_nothing(account: Account) -> None:
    account.limit(account.server, per_day=1)

    before = [refusal_for(account.intention(), now=NOON) for _ in range(3)]
    [reserved] = account.send(1)
    after = refusal_for(account.intention(), now=NOON)

    assert [*before, reserved] == [None] * 4
    assert after == Refusal(TOMORROW, "the 1 of today through smtp.acme.example have left")


def test_aliases_share_the_lowest_limit_of_their_sign_in(account: Account) -> None:
    alias = make_outgoing(
        account.mailbox,
        is_default=False,
        host=account.server.host.upper(),
        username=account.server.username,
        from_address="offers@acme.example",
    )
    account.limit(account.server, per_day=100)
    account.limit(alias, per_day=3)

    answers = [*account.send(2), *account.send(1, server=alias), *account.send(1)]

    assert _sent(answers) == 3
    assert answers[-1] is not None


def test_another_user_name_at_the_same_host_has_its_own_quota(account: Account) -> None:
    account.limit(account.server, per_day=1)
    other = make_outgoing(account.mailbox, is_default=False)
    account.limit(other, per_day=1)

    assert _sent([*account.send(2), *account.send(2, server=other)]) == 2


def test_through_the_platform_each_mailbox_has_a_quota_of_its_own(account: Account) -> None:
    values = {"transport": Transport.PLATFORM, "host": "", "authenticate": False}
    here = make_outgoing(account.mailbox, is_default=False, **values)
    there = make_outgoing(make_marketing_mailbox(account.tenant), **values)

    answers = [*account.send(11, server=here), *account.send(10, server=there)]

    assert _sent(answers) == 20
    assert answers[10] == Refusal(NOON + minutes(1), "no more than 10 a minute leave through the platform's server")


def test_another_account_with_the_same_sign_in_counts_for_itself(account: Account) -> None:
    account.limit(account.server, per_day=1)

    account.send(1)

    assert SendingCount.objects.filter(tenant=account.tenant).count() == SendingCount.objects.count()


# Other mail


def test_other_mail_of_the_sign_in_counts_towards_its_day(account: Account) -> None:
    account.limit(account.server, per_day=5)
    account.other_mail(3)
    account.other_mail(2, origin=OutgoingMessage.Origin.SEQUENCE)
    account.other_mail(2, at=NOON - timedelta(days=1))

    answers = account.send(3)

    assert _sent(answers) == 2
    assert answers[2] == Refusal(TOMORROW, "the 5 of today through smtp.acme.example have left, 3 of them other mail")


def test_other_mail_is_counted_once_a_minute_only(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account.send(1)

    # Settings, limits, counts; a savepoint, counts again and locked, one more counted, the savepoint's end.
    with django_assert_num_queries(7):
        account.send(1)


# Days and minutes


def test_a_ramp_lets_more_leave_each_day_until_the_limit_is_reached(account: Account) -> None:
    account.limit(account.server, per_day=6, ramp_starts_on=date(2026, 3, 3), ramp_from=2, ramp_by=3)

    sent = [_sent(account.send(8, NOON + timedelta(days=day))) for day in range(-1, 4)]

    assert sent == [2, 2, 5, 6, 6]


def test_a_day_is_one_of_the_accounts_time_zone(account: Account) -> None:
    account.in_zone("America/New_York")
    account.settings(per_day=1)
    midnight = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)

    before = account.send(2, midnight - minutes(1))
    after = account.send(1, midnight)

    assert before == [None, Refusal(midnight, "this account has sent its 1 of today")]
    assert after == [None]


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)]
)
def test_b138_a_day_on_which_clocks_are_changed_has_one_quota(account: Account, day: datetime, hours: int) -> None:
    account.in_zone("Europe/Berlin")
    account.settings(per_day=2)

    sent = [_sent(account.send(1, day + timedelta(hours=hour))) for hour in range(hours)]

    assert sum(sent) == 2
    assert _sent(account.send(3, day + timedelta(hours=hours))) == 2


def test_b139_a_clock_set_back_by_an_hour_gives_no_second_quota(account: Account) -> None:
    account.limit(account.server, per_day=3, per_minute=2)
    midnight = datetime(2026, 3, 4, 0, 10, tzinfo=UTC)
    yesterday = account.send(2, midnight - minutes(60)) + account.send(1, midnight - minutes(59))
    today = account.send(2, midnight)

    again = account.send(2, midnight - minutes(60))
    later = account.send(2, midnight)

    assert _sent(yesterday + today) == 5
    assert _sent(again) == 0
    # The minute is used up, and of the day one is left.
    assert _sent(later) == 0
    assert _sent(account.send(2, midnight + minutes(1))) == 1


def test_b139_a_clock_set_ahead_by_a_day_uses_that_days_quota_once(account: Account) -> None:
    account.limit(account.server, per_day=3)
    account.send(3)

    ahead = account.send(3, NOON + timedelta(days=1))
    forget_old_counts(NOON + timedelta(days=1))
    set_right = account.send(3)
    when_it_comes = account.send(3, NOON + timedelta(days=1))

    assert [_sent(one) for one in (ahead, set_right, when_it_comes)] == [3, 0, 0]


# Giving back


def test_what_is_withdrawn_makes_room_again(account: Account) -> None:
    account.limit(account.server, per_day=1)
    account.send(1)

    release(account.intention(), at=NOON)

    assert _sent(account.send(2)) == 1


def test_what_is_given_back_makes_no_room_on_another_day(account: Account) -> None:
    account.limit(account.server, per_day=1)
    next_day = NOON + timedelta(days=1)
    account.send(1)
    account.send(1, next_day)

    release(account.intention(), at=NOON)

    assert _sent(account.send(1, next_day)) == 0


def test_no_more_is_given_back_than_was_taken(account: Account) -> None:
    account.limit(account.server, per_day=1)
    account.send(1)

    for _ in range(3):
        release(account.intention(), at=NOON)

    assert _sent(account.send(3)) == 1


def test_old_counts_are_forgotten_and_those_of_these_days_are_not(account: Account) -> None:
    account.send(1, NOON - timedelta(days=5))
    account.send(1)

    removed = forget_old_counts(NOON)

    # Of the sign-in its minute and its day, and the day of the mailbox.
    assert removed == 3
    assert SendingCount.objects.count() == 3


def test_reserving_asks_few_queries_whatever_holds(
    account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account.settings(per_day=100, domain_per_day=10)
    account.limit(account.server, per_day=50)
    account.limit(account.mailbox, per_day=50, per_minute=5)

    with django_assert_max_num_queries(10):
        assert reserve(account.intention(is_first_step=True, new_per_day=5), now=NOON) is None
