"""Workers that are killed while they close months: each invoice is there once, and no number is missing."""

import pytest

from billing.closing import due, tasks
from billing.models import Subscription
from mailhub.tenancy.scope import unscoped
from tests.billing.closing.accounts import day, make_account, numbers, use, written
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_runs_leave_whole_months_only_and_the_next_one_goes_on(runner: Runner) -> None:
    accounts = [make_account(f"Account {number}") for number in range(3)]
    use(accounts[1], 12, since=day(5))
    task = tasks.close_due.name

    for point in ("closing.counted", "closing.turned", "closing.before_commit"):
        assert runner.is_killed(task, failpoint=point)
        assert numbers() == []
        # While the lease of the dead one lasts, nobody else takes what it had.
        assert runner.works(task)
        assert numbers() == []
        _let_leases_end()
    assert runner.is_killed(task, failpoint="closing.committed")
    assert numbers() == [1]
    _let_leases_end()
    assert runner.works(task)

    months = written(accounts)
    assert len({len(found) for found in months.values()}) == 1
    assert len(numbers()) == sum(len(found) for found in months.values())
    assert due.LEASE.total_seconds() > due.RUN_SECONDS


def _let_leases_end() -> None:
    with unscoped("a test lets leases end"):
        Subscription.objects.update(close_again_at=None)
