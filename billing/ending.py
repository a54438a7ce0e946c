"""What ends with a subscription, for whoever is about to cancel it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.models import Plan, Subscription
from billing.reckoning.months import Month
from billing.subscribing import default_plan, is_last

# So many mailboxes are named, and so many subscriptions that have ended.
MOST_MAILBOXES = 50
MOST_ENDED = 20


@dataclass(frozen=True)
class ActiveMailbox:
    mailbox_id: uuid.UUID
    name: str


@dataclass(frozen=True)
class Ending:
    """When a subscription ends, and what is switched off then. `falls_to` is what the account has afterwards if this
    is the last one that goes on.
    """

    last_day: date
    active_count: int
    mailboxes: Sequence[ActiveMailbox]
    others: Sequence[Subscription]
    falls_to: Plan | None

    @property
    def more_count(self) -> int:
        return self.active_count - len(self.mailboxes)


@dataclass(frozen=True)
class Ended:
    subscription: Subscription
    last_day: date


def what_ends(subscription: Subscription, *, zone: str, now: datetime) -> Ending:
    """Return what ends with a subscription that is cancelled now; `zone` is the account's.

    `others` go on, and take mailboxes that are moved to them.
    """
    rows = Subscription.objects.filter(pk=subscription.pk, mailboxes__is_active=True, mailboxes__deleted_at=None)
    named = rows.order_by("mailboxes__name").values_list("mailboxes__id", "mailboxes__name")
    return Ending(
        last_day=end_day_of(subscription, zone=zone, asked_at=subscription.cancelled_at or now),
        active_count=subscription.active_count,
        mailboxes=[ActiveMailbox(pk, name) for pk, name in named[:MOST_MAILBOXES]],
        others=list(Subscription.objects.running().filter(cancelled_at=None).exclude(pk=subscription.pk)),
        falls_to=default_plan() if is_last(subscription) else None,
    )


def ended_ones(*, zone: str) -> list[Ended]:
    """Return the subscriptions of the tenant in scope that have ended, the last one first, in one query."""
    rows = Subscription.objects.exclude(ended_at=None).select_related("plan").order_by("-ended_at", "id")
    # The moment of the end is no part of it.
    ended = [(one, one.ended_at - timedelta(microseconds=1)) for one in rows[:MOST_ENDED] if one.ended_at]
    return [Ended(one, last.astimezone(ZoneInfo(zone)).date()) for one, last in ended]


def last_day_of(subscription: Subscription) -> date:
    """Return the last day of its month that runs: what was planned happens at the end of it."""
    return _last_day(subscription.month)


def end_day_of(subscription: Subscription, *, zone: str, asked_at: datetime) -> date:
    """Return the last day of a subscription that was cancelled at this moment.

    Where its month is over and waits to be closed, it has used some of the next one already, and ends with that.
    """
    return _last_day(max(subscription.month, Month.of(asked_at, zone).first_day))


def _last_day(month: date) -> date:
    return Month(month.year, month.month).next.first_day - timedelta(days=1)
