"""Takes one mail off every limit that it has to pass, or off none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from sequences.limits.allowances import Allowance, Intention, allowances_for
from sequences.models import SendingCount

_Place = tuple[str, str, str]


@dataclass(frozen=True)
class Refusal:
    """Mail has to wait: until when, and why, as part of a sentence after "because"."""

    until: datetime
    because: str


def refusal_for(intention: Intention, *, now: datetime) -> Refusal | None:
    """Return what `reserve` would say now, without counting: to ask before mail is written in vain."""
    allowances = _in_order(intention, now=now)
    return _refusal(allowances, _counted(intention.tenant_id, allowances))


def reserve(intention: Intention, *, now: datetime) -> Refusal | None:
    """Count one mail that is submitted in this transaction, if all limits have room for it.

    Else nothing is counted, and the answer is the limit that has room again last of those that refuse: before that
    it would be tried in vain. Call it once in a transaction, as late as possible: until its end, others wait who send
    with the same sign-in, and two that wait for one another's counts would be ended by the database.
    """
    allowances = _in_order(intention, now=now)
    counted = _counted(intention.tenant_id, allowances)
    refusal = _refusal(allowances, counted)
    if refusal is not None:
        return refusal
    with transaction.atomic():
        _begin_counting(intention.tenant_id, [one for one in allowances if one.place not in counted])
        # Others may have counted since.
        refusal = _refusal(allowances, _counted(intention.tenant_id, allowances, is_locked=True))
        if refusal is None:
            _of(intention.tenant_id, allowances).update(count=F("count") + 1)
    return refusal


def release(intention: Intention, *, at: datetime) -> None:
    """Give back what was reserved at `at` for mail that was withdrawn before it left.

    It counts for the day and the minute of `at` only, so nobody gets more room on a later day.
    """
    allowances = _in_order(intention, now=at)
    with transaction.atomic():
        _counted(intention.tenant_id, allowances, is_locked=True)
        _of(intention.tenant_id, allowances).filter(count__gt=0).update(count=F("count") - 1)


def _in_order(intention: Intention, *, now: datetime) -> list[Allowance]:
    """Return the limits in the order in which all lock their counts: nobody waits for somebody who waits for them."""
    return sorted(allowances_for(intention, now=now), key=lambda one: one.place)


def _counted(tenant_id: int, allowances: Iterable[Allowance], *, is_locked: bool = False) -> dict[_Place, int]:
    rows = _of(tenant_id, allowances)
    if is_locked:
        rows = rows.select_for_update().order_by("scope", "key", "period")
    return {
        (scope, key, period): count for scope, key, period, count in rows.values_list("scope", "key", "period", "count")
    }


def _of(tenant_id: int, allowances: Iterable[Allowance]) -> QuerySet[SendingCount]:
    places = Q()
    for one in allowances:
        places |= Q(scope=one.scope, key=one.key, period=one.period.name)
    return SendingCount.objects.filter(places, tenant=tenant_id)


def _refusal(allowances: Iterable[Allowance], counted: dict[_Place, int]) -> Refusal | None:
    full = [one for one in allowances if one.limit is not None and counted.get(one.place, 0) >= one.limit]
    if not full:
        return None
    last = max(full, key=lambda one: one.until)
    return Refusal(until=last.until, because=last.because)


def _begin_counting(tenant_id: int, allowances: Iterable[Allowance]) -> None:
    rows = [
        SendingCount(
            tenant_id=tenant_id, scope=one.scope, key=one.key, period=one.period.name, ends_at=one.period.ends_at
        )
        for one in allowances
    ]
    SendingCount.objects.bulk_create(rows, ignore_conflicts=True)
