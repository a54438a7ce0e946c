"""A run that dies at any of its writes and is repeated: the same invoices and numbers, no gap (SECURITY B136)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from billing import subscribing
from billing.closing.due import LEASE, close_due
from billing.models import Subscription
from mailhub.tenancy.scope import tenant_scope
from tests.billing.closing.accounts import APRIL, SOON, Written, day, make_account, numbers, plan, use, written

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Death(BaseException):
    """Ends a run as a power cut would: nothing catches it."""


class Dying:
    """Raises Death at the n-th statement that writes, before it or behind it."""

    def __init__(self, dies_at: int, *, is_before: bool) -> None:
        self.count = 0
        self._dies_at, self._is_before = dies_at, is_before

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(_WRITES):
            return execute(sql, params, many, context)
        self.count += 1
        if self.count == self._dies_at and self._is_before:
            raise Death
        answer = execute(sql, params, many, context)
        if self.count == self._dies_at:
            raise Death
        return answer


def accounts() -> list[Subscription]:
    """Make two: one that is beyond its plan and changes it, and one that ends."""
    changing, ending = make_account("Changing"), make_account("Ending")
    use(changing, 12, since=day(2))
    with tenant_scope(changing.tenant_id):
        subscribing.change_plan_at_month_end(changing, plan("premium"))
    with tenant_scope(ending.tenant_id):
        subscribing.cancel(ending, now=day(9))
    return [changing, ending]


def _by_place(subscriptions: list[Subscription]) -> list[list[Written]]:
    found = written(subscriptions)
    return [found[one.pk] for one in subscriptions]


def _running(subscriptions: list[Subscription]) -> list[list[str]]:
    every = []
    for one in subscriptions:
        with tenant_scope(one.tenant_id):
            every.append([running.plan.code for running in Subscription.objects.running()])
    return every


@pytest.mark.django_db
def test_wherever_a_run_dies_the_next_one_makes_of_it_what_one_that_lives_does() -> None:
    undisturbed = accounts()
    counting = Dying(0, is_before=True)
    with connection.execute_wrapper(counting):
        close_due(now=lambda: APRIL + SOON)
    wanted, plans, through = _by_place(undisturbed), _running(undisturbed), len(numbers())
    writes = counting.count
    assert (through, plans) == (2, [["premium"], ["free"]])
    assert writes > 12

    for number in range(1, writes + 1):
        for is_before in (True, False):
            disturbed = accounts()
            with connection.execute_wrapper(Dying(number, is_before=is_before)), pytest.raises(Death):
                close_due(now=lambda: APRIL + SOON)
            numbers()
            close_due(now=lambda: APRIL + SOON)
            close_due(now=lambda: APRIL + SOON + LEASE)

            assert _by_place(disturbed) == wanted
            assert _running(disturbed) == plans
            through += 2
            assert len(numbers()) == through
