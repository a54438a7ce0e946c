"""The running month of each subscription as the overview shows it: use by day, the invoice so far, what comes next."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.ending import end_day_of, last_day_of
from billing.histories import History, histories_of
from billing.models import Subscription
from billing.money import Money
from billing.pricing import Sum, tax_of_month
from billing.reckoning.bills import Bill, BillLine
from billing.reckoning.days import DayUse, use_by_day
from billing.reckoning.tax import Tax
from billing.reckoning.usage import Interval
from mailhub.lib.plots.steps import Step, StepPlot, stepped
from mailhub.tenancy.models import Tenant

HEIGHT = 160
# A line names so many mailboxes, and so many intervals of each; the list of activations has all of them.
MOST_MAILBOXES = 50
MOST_INTERVALS = 5
# A day of the month is written below every so many.
_EVERY = 5


@dataclass(frozen=True)
class MailboxUse:
    """A mailbox behind a line, and when it was active in that time. `is_there` is False once it was deleted."""

    mailbox_id: uuid.UUID
    name: str
    intervals: tuple[Interval, ...]
    is_there: bool

    @property
    def shown(self) -> tuple[Interval, ...]:
        return self.intervals[:MOST_INTERVALS]

    @property
    def more_count(self) -> int:
        return len(self.intervals) - len(self.shown)


@dataclass(frozen=True)
class DraftLine:
    """A line of the invoice so far, with the mailboxes behind it."""

    line: BillLine
    net: Money
    unit: Money
    mailboxes: tuple[MailboxUse, ...]

    @property
    def shown(self) -> tuple[MailboxUse, ...]:
        return self.mailboxes[:MOST_MAILBOXES]

    @property
    def more_count(self) -> int:
        return len(self.mailboxes) - len(self.shown)


@dataclass(frozen=True)
class DayColumn:
    """A day of the plot; `label` is empty for most."""

    use: DayUse
    step: Step
    label: str
    is_peak: bool

    @property
    def is_counted(self) -> bool:
        return self.use.most is not None


@dataclass(frozen=True)
class RunningMonth:
    """One subscription and its month until now."""

    subscription: Subscription
    bill: Bill
    sum: Sum
    lines: tuple[DraftLine, ...]
    plot: StepPlot
    days: tuple[DayColumn, ...]
    zone: str

    @property
    def last_day(self) -> date:
        """The last day of the month: what was planned happens at its end."""
        return last_day_of(self.subscription)

    @property
    def next_day(self) -> date:
        return self.last_day + timedelta(days=1)

    @property
    def end_day(self) -> date | None:
        """The last day of a subscription that was cancelled."""
        asked_at = self.subscription.cancelled_at
        return end_day_of(self.subscription, zone=self.zone, asked_at=asked_at) if asked_at else None

    @property
    def counted_days(self) -> list[DayUse]:
        return [one.use for one in self.days if one.is_counted]

    @property
    def has_use(self) -> bool:
        """Whether any mailbox was active in the month."""
        return any(one.most for one in self.counted_days)

    @property
    def misfit_count(self) -> int:
        """How many mailboxes are active beyond what the planned plan has room for."""
        planned = self.subscription.next_plan
        return planned.extra_count(self.subscription.active_count) if planned and planned.is_limit_hard else 0


def running_months(subscriptions: Sequence[Subscription], *, tenant: Tenant, now: datetime) -> list[RunningMonth]:
    """Return what each subscription used and costs so far; the number of queries does not grow with them."""
    histories = histories_of(subscriptions)
    tax = tax_of_month(tenant, now=now)
    there = set(_mailbox_ids(subscriptions))
    return [_month(one, histories[one.pk], tax, there, zone=tenant.time_zone, now=now) for one in subscriptions]


def sums_of(months: Iterable[RunningMonth]) -> list[Money]:
    """Return what all of them cost together with tax, one amount for each currency."""
    totals: dict[str, Money] = {}
    for one in months:
        currency = one.sum.total.currency
        totals[currency] = totals.get(currency, Money(0, currency)) + one.sum.total
    return list(totals.values())


def _mailbox_ids(subscriptions: Sequence[Subscription]) -> Iterable[uuid.UUID]:
    """Return the mailboxes that there are: those that were deleted stay in the ledger, and have no page."""
    ids = [one.pk for one in subscriptions]
    rows = Subscription.objects.filter(pk__in=ids, mailboxes__deleted_at=None, mailboxes__isnull=False)
    found: Iterable[uuid.UUID] = rows.values_list("mailboxes", flat=True)
    return found


def _month(
    subscription: Subscription, history: History, tax: Tax | None, there: set[uuid.UUID], *, zone: str, now: datetime
) -> RunningMonth:
    bill = history.draft(subscription, zone=zone, now=now)
    days = use_by_day(bill.usage.intervals, history.tariffs, bill.month, begins=bill.begins, until=min(now, bill.ends))
    plot = stepped([one.most for one in days], [one.included for one in days], height=HEIGHT, margin=20)
    return RunningMonth(
        subscription=subscription,
        bill=bill,
        sum=Sum(Money(bill.net_minor, bill.currency), tax),
        lines=tuple(_draft_line(one, bill, there) for one in bill.lines),
        plot=plot,
        days=tuple(_columns(days, plot, _peak_day(bill, zone))),
        zone=zone,
    )


def _draft_line(line: BillLine, bill: Bill, there: set[uuid.UUID]) -> DraftLine:
    """Return a line with its evidence: of an overage who was active at the peak, of a plan whoever was in its days."""
    if line.is_overage:
        behind: Sequence[Interval] = line.evidence
    else:
        behind = [
            one
            for one in bill.usage.intervals
            if one.begins < line.ends and (one.ends is None or one.ends > line.begins)
        ]
    by_mailbox: dict[uuid.UUID, list[Interval]] = defaultdict(list)
    for interval in behind:
        by_mailbox[interval.mailbox_id].append(interval)
    mailboxes = [
        MailboxUse(pk, held[-1].mailbox_name, tuple(held), is_there=pk in there) for pk, held in by_mailbox.items()
    ]
    return DraftLine(
        line,
        net=Money(line.net_minor, bill.currency),
        unit=Money(line.unit_minor, bill.currency),
        mailboxes=tuple(sorted(mailboxes, key=lambda one: (one.name, one.mailbox_id))),
    )


def _peak_day(bill: Bill, zone: str) -> date | None:
    peak = bill.usage.peak
    return peak.at.astimezone(ZoneInfo(zone)).date() if peak and peak.active else None


def _columns(days: Sequence[DayUse], plot: StepPlot, peak_day: date | None) -> list[DayColumn]:
    return [
        DayColumn(
            use=day,
            step=step,
            label=f"{day.day.day} {day.day:%b}" if number % _EVERY == 0 else "",
            is_peak=day.day == peak_day,
        )
        for number, (day, step) in enumerate(zip(days, plot.steps, strict=True))
    ]
