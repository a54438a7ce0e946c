"""What a month of a subscription costs, line by line, with the evidence behind each line (SPEC B3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from billing.reckoning.months import Month
from billing.reckoning.sharing import Holding, Share, shares_of
from billing.reckoning.usage import Change, Interval, Tariff, Usage, usage_of


@dataclass(frozen=True)
class BillLine:
    """One line: `quantity` days of a plan, or mailboxes beyond it, at `unit_minor` a month each."""

    words: str
    quantity: int
    unit_minor: int
    net_minor: int
    begins: datetime
    ends: datetime
    # Of an overage: which mailboxes were active at the peak, and from when to when.
    evidence: tuple[Interval, ...] = ()
    is_overage: bool = False


@dataclass(frozen=True)
class Bill:
    """What a month costs without tax, and what was counted."""

    month: Month
    begins: datetime
    ends: datetime
    currency: str
    lines: tuple[BillLine, ...]
    usage: Usage

    @property
    def net_minor(self) -> int:
        return sum(line.net_minor for line in self.lines)


def bill_of(
    holdings: Sequence[Holding],
    changes: Iterable[Change],
    month: Month,
    *,
    begins: datetime,
    currency: str,
    ends: datetime | None = None,
) -> Bill:
    """Reckon what the month costs from `begins`, where the month before ended, until `ends` or its own end.

    `holdings` and `changes` are ordered by time and reach back to the beginning of the subscription.
    """
    ends = month.ends if ends is None else min(ends, month.ends)
    tariffs = [Tariff(one.at, one.included, one.fee_minor) for one in holdings]
    usage = usage_of(changes, tariffs, begins=begins, ends=ends)
    lines = [_plan_line(share, month) for share in shares_of(holdings, month, begins=begins, ends=ends)]
    lines += _overage_lines(usage, month, begins=begins, ends=ends)
    return Bill(month, begins, ends, currency, tuple(lines), usage)


def _plan_line(share: Share, month: Month) -> BillLine:
    words = f"{share.holding.plan_name}, {month}"
    if not share.is_whole:
        words = f"{words}: {share.day_count} of {share.of_days} days, {_days(share, month)}"
    return BillLine(
        words, share.day_count, share.holding.price_minor, share.amount_minor, begins=share.begins, ends=share.ends
    )


def _days(share: Share, month: Month) -> str:
    zone = ZoneInfo(month.zone)
    first, last = share.begins.astimezone(zone), (share.ends - timedelta(microseconds=1)).astimezone(zone)
    if first.date() == last.date():
        return f"{first:%-d %B}"
    return f"{first:%-d} to {last:%-d %B}" if first.month == last.month else f"{first:%-d %B} to {last:%-d %B}"


def _overage_lines(usage: Usage, month: Month, *, begins: datetime, ends: datetime) -> list[BillLine]:
    """Return one line for the peak; none where nothing was beyond what is included, or that costs nothing."""
    peak = usage.peak
    if peak is None or not peak.amount_minor:
        return []
    at = peak.at.astimezone(ZoneInfo(month.zone))
    words = (
        f"{peak.excess} mailbox{'' if peak.excess == 1 else 'es'} beyond {peak.included} included "
        f"(most at once: {peak.active} on {at:%-d %B %Y, %H:%M})"
    )
    return [
        BillLine(
            words,
            peak.excess,
            peak.fee_minor,
            peak.amount_minor,
            begins=begins,
            ends=ends,
            evidence=usage.active_at_peak,
            is_overage=True,
        )
    ]
