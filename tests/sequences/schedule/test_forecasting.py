"""What is expected to leave on the next fourteen days."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.limits import Intention, reserve
from sequences.models import Enrollment, SendingLimit, SendingSettings, Sequence, Step
from sequences.schedule.forecasting import DayForecast, forecast
from servers.models import OutgoingServer
from tests.factories import make_outgoing, make_tenant
from tests.sequences.factories import Mail, make_marketing_mailbox, make_sequence
from tests.sequences.schedule.factories import OFFICE, days_from, enroll_many

# A Tuesday, in the hours.
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TUESDAY = date(2026, 3, 3)


@dataclass(frozen=True)
class Account:
    tenant: Tenant
    mailbox: Mailbox
    server: OutgoingServer

    def sequence(self, *steps: Mail, server: OutgoingServer | None = None, **fields: Any) -> Sequence:
        return make_sequence(
            self.mailbox, author=None, steps=steps or (Mail(),), server=server or self.server, **fields
        )

    def limit(self, of: OutgoingServer | Mailbox | None = None, **fields: Any) -> None:
        values = {"mailbox": of} if isinstance(of, Mailbox) else {"server": of or self.server}
        SendingLimit.objects.create(tenant=self.tenant, changed_at=NOON, **values, **fields)

    def settings(self, **fields: Any) -> None:
        SendingSettings.objects.create(tenant=self.tenant, changed_at=NOON, **fields)


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    tenant = make_tenant()
    mailbox = make_marketing_mailbox(tenant)
    made = Account(tenant, mailbox, make_outgoing(mailbox))
    caches["process"].clear()
    with tenant_scope(tenant.pk):
        yield made


def _expected(found: list[DayForecast], count: int = 14) -> list[int]:
    return [one.expected for one in found[:count]]


def test_there_is_a_day_for_each_of_the_next_fourteen(account: Account) -> None:
    found = forecast(account.sequence(), now=NOON)

    assert [one.date for one in found] == days_from(TUESDAY, 14)
    assert {one.expected for one in found} == {0}


def test_what_is_due_leaves_up_to_the_limit_and_the_rest_on_the_days_after(account: Account) -> None:
    sequence = account.sequence()
    account.limit(per_day=40)
    enroll_many(sequence, 100, due_at=NOON - timedelta(days=1))

    found = forecast(sequence, now=NOON)

    assert _expected(found, 4) == [40, 40, 20, 0]
    assert found[0].by_server == {account.server.pk: 40}
    assert {one.limit for one in found} == {40}


def test_later_steps_follow_after_their_delay(account: Account) -> None:
    sequence = account.sequence(Mail(), Mail(delay=2), Mail(delay=4, unit=Step.Unit.HOURS))
    account.limit(per_day=10, per_minute=None)
    enroll_many(sequence, 14, due_at=NOON)

    found = forecast(sequence, now=NOON)

    # 10 begin today, 4 tomorrow; the second and third steps of both, with five hours between them.
    assert _expected(found, 7) == [10, 4, 10, 10, 8, 0, 0]


def test_days_without_hours_and_skipped_days_have_nothing(account: Account) -> None:
    account.settings(skip_dates=["2026-03-05"])
    sequence = account.sequence(week=OFFICE)
    account.limit(per_day=10)
    enroll_many(sequence, 50, due_at=NOON)

    found = forecast(sequence, now=NOON)

    assert _expected(found, 8) == [10, 10, 0, 10, 0, 0, 10, 10]
    assert [one.limit for one in found[:8]] == [10, 10, 0, 10, 0, 0, 10, 10]


def test_after_the_hours_of_today_all_waits_for_tomorrow(account: Account) -> None:
    sequence = account.sequence(week=OFFICE)
    enroll_many(sequence, 5, due_at=NOON)

    found = forecast(sequence, now=NOON + timedelta(hours=8))

    assert _expected(found, 3) == [0, 5, 0]


def test_days_are_those_of_the_accounts_time_zone(account: Account) -> None:
    Tenant.objects.filter(pk=account.tenant.pk).update(time_zone="Asia/Tokyo")
    sequence = account.sequence()
    enroll_many(sequence, 3, due_at=datetime(2026, 3, 4, 15, 30, tzinfo=UTC))

    found = forecast(sequence, now=NOON)

    assert [(one.date, one.expected) for one in found[:3]] == [
        (date(2026, 3, 3), 0),
        (date(2026, 3, 4), 0),
        (date(2026, 3, 5), 3),
    ]


def test_what_left_today_is_taken_off(account: Account) -> None:
    sequence = account.sequence()
    account.limit(per_day=10)
    enroll_many(sequence, 20, due_at=NOON)
    for _ in range(4):
        reserve(
            Intention(account.tenant.pk, account.server, "customers.example", sequence.pk, True, None),
            now=NOON,
        )

    found = forecast(sequence, now=NOON)

    assert _expected(found, 3) == [6, 10, 4]


def test_a_limit_by_the_minute_holds_for_the_hours_that_there_are(account: Account) -> None:
    sequence = account.sequence(week=[[["09:00", "09:30"]]] * 7)
    account.limit(per_minute=2)
    enroll_many(sequence, 100, due_at=NOON)

    assert _expected(forecast(sequence, now=NOON), 4) == [0, 60, 40, 0]


def test_a_ramp_is_climbed(account: Account) -> None:
    sequence = account.sequence()
    account.limit(per_day=50, ramp_starts_on=TUESDAY, ramp_from=10, ramp_by=20)
    enroll_many(sequence, 150, due_at=NOON)

    found = forecast(sequence, now=NOON)

    assert [one.limit for one in found[:5]] == [10, 30, 50, 50, 50]
    assert _expected(found, 5) == [10, 30, 50, 50, 10]


def test_a_sequence_begins_with_so_many_contacts_a_day(account: Account) -> None:
    sequence = account.sequence(Mail(), Mail(delay=1), new_per_day=10)
    enroll_many(sequence, 25, due_at=NOON)

    assert _expected(forecast(sequence, now=NOON), 5) == [10, 20, 15, 5, 0]


def test_mailbox_account_and_domains_limit_too(account: Account) -> None:
    sequence = account.sequence()
    enroll_many(sequence, 30, due_at=NOON)
    enroll_many(sequence, 3, due_at=NOON, domain="small.example")
    account.settings(domain_per_day=10)

    by_domain = forecast(sequence, now=NOON)
    account.limit(account.mailbox, per_day=7)
    by_mailbox = forecast(sequence, now=NOON)
    SendingSettings.objects.update(per_day=5)
    by_account = forecast(sequence, now=NOON)

    assert [found[0].expected for found in (by_domain, by_mailbox, by_account)] == [13, 7, 5]


def test_other_active_sequences_take_their_share_of_the_sign_in(account: Account) -> None:
    alias = make_outgoing(account.mailbox, is_default=False, username=account.server.username)
    sequence, other = account.sequence(), account.sequence(server=alias)
    idle = account.sequence(server=alias, state=Sequence.State.PAUSED)
    account.limit(per_day=40)
    enroll_many(sequence, 30, due_at=NOON)
    enroll_many(other, 90, due_at=NOON)
    enroll_many(idle, 500, due_at=NOON)

    found = forecast(sequence, now=NOON)

    assert _expected(found, 3) == [10, 10, 10]
    assert found[0].limit == 40


def test_a_sign_in_of_its_own_is_not_shared(account: Account) -> None:
    elsewhere = make_outgoing(make_marketing_mailbox(account.tenant))
    sequence, other = account.sequence(), account.sequence(server=elsewhere)
    account.limit(per_day=40)
    enroll_many(sequence, 40, due_at=NOON)
    enroll_many(other, 500, due_at=NOON)

    assert forecast(sequence, now=NOON)[0].expected == 40


def test_each_server_has_its_own_number(account: Account) -> None:
    second = make_outgoing(make_marketing_mailbox(account.tenant))
    sequence = account.sequence()
    account.limit(per_day=10)
    account.limit(second, per_day=20)
    enroll_many(sequence, 50, due_at=NOON)
    enroll_many(sequence, 50, due_at=NOON, domain="other.example", server_id=second.pk)

    found = forecast(sequence, now=NOON)

    assert found[0] == DayForecast(TUESDAY, 30, 30, {account.server.pk: 10, second.pk: 20})


def test_a_draft_is_looked_at_as_if_it_started_now(account: Account) -> None:
    sequence = account.sequence(Mail(), Mail(delay=1), state=Sequence.State.DRAFT)
    enroll_many(sequence, 5, due_at=NOON)
    Enrollment.objects.update(due_at=None, step=None)

    assert _expected(forecast(sequence, now=NOON), 3) == [5, 5, 0]


def test_who_is_out_of_office_comes_when_the_pause_ends_and_who_stopped_never(account: Account) -> None:
    sequence = account.sequence()
    until = NOON + timedelta(days=3)
    enroll_many(sequence, 2, due_at=NOON, state=Enrollment.State.PAUSED, paused_until=until)
    enroll_many(sequence, 4, due_at=NOON, domain="b.example", state=Enrollment.State.PAUSED)
    enroll_many(sequence, 8, due_at=NOON, domain="c.example", state=Enrollment.State.STOPPED)

    assert _expected(forecast(sequence, now=NOON), 5) == [0, 0, 0, 2, 0]


def test_without_any_limit_there_is_none(account: Account) -> None:
    sequence = account.sequence()
    account.limit(per_day=None, per_minute=None)
    enroll_many(sequence, 3, due_at=NOON)

    found = forecast(sequence, now=NOON)

    assert (found[0].limit, found[0].expected) == (None, 3)


def test_a_step_that_was_taken_out_counts_as_the_one_after_it(account: Account) -> None:
    sequence = account.sequence(Mail(), Mail(delay=1), Mail(delay=1))
    [_first, second, _third] = Step.objects.filter(sequence=sequence)
    Step.objects.filter(pk=second.pk).update(removed_at=NOON)
    enroll_many(sequence, 3, due_at=NOON, step=second)

    assert _expected(forecast(sequence, now=NOON), 3) == [3, 0, 0]


def test_the_number_of_queries_follows_neither_contacts_nor_sequences(account: Account) -> None:
    sequence = account.sequence(Mail(), Mail(delay=2))
    account.settings(per_day=100, domain_per_day=10)
    enroll_many(sequence, 2, due_at=NOON)
    with CaptureQueriesContext(connection) as few:
        forecast(sequence, now=NOON)
    for number in range(4):
        enroll_many(account.sequence(Mail(), Mail(delay=1)), 20, due_at=NOON, domain=f"{number}.example")

    with CaptureQueriesContext(connection) as many:
        forecast(sequence, now=NOON)

    assert len(few) == len(many)
    assert len(many) <= 14


@pytest.mark.parametrize("seed", range(8))
def test_no_day_has_more_than_its_limit_and_nobody_is_lost(account: Account, seed: int) -> None:
    chosen = random.Random(seed)
    steps = [Mail(), *(Mail(delay=chosen.randrange(3), unit=chosen.choice(Step.Unit.values)) for _ in range(2))]
    sequence = account.sequence(*steps, week=chosen.choice([OFFICE, [[["00:00", "24:00"]]] * 7]))
    account.limit(per_day=chosen.randrange(20, 60))
    count = chosen.randrange(10, 60)
    enroll_many(sequence, count, due_at=NOON + timedelta(hours=chosen.randrange(-10, 30)))

    found = forecast(sequence, now=NOON, days=28)

    assert all(one.limit is not None and one.expected <= one.limit for one in found)
    assert sum(one.expected for one in found) == 3 * count
