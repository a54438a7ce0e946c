"""How much came in and went out of a mailbox, day by day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate

from mailboxes.models import Delivery, Mailbox, Message, OutgoingMessage
from servers.models import FolderRole

DAYS = 30


@dataclass(frozen=True)
class DayCount:
    """How many messages on one day."""

    on: date
    count: int


@dataclass(frozen=True)
class Activity:
    """The last 30 days, today included, each with a row even when nothing happened."""

    received: tuple[DayCount, ...]
    sent: tuple[DayCount, ...]

    @property
    def received_count(self) -> int:
        return sum(day.count for day in self.received)

    @property
    def sent_count(self) -> int:
        return sum(day.count for day in self.sent)


def activity_of(mailbox: Mailbox, *, now: datetime, zone: tzinfo) -> Activity:
    """Count in three queries; a day is one of `zone`. A message to several people counts once."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    since = datetime.combine(days[0], time.min, tzinfo=zone)
    received = (
        Message.objects.filter(mailbox=mailbox, received_at__gte=since)
        .exclude(state__in=Message.HIDDEN)
        .exclude(folder_role=FolderRole.SENT)
        .values(day=TruncDate("received_at", tzinfo=zone))
        .annotate(number=Count("pk"))
        .order_by("day")
    )
    sent = (
        Delivery.objects.filter(outgoing_message__mailbox=mailbox, state=Delivery.State.SENT, settled_at__gte=since)
        .filter(outgoing_message__is_confidential=False)
        .exclude(outgoing_message__origin=OutgoingMessage.Origin.PROBE)
        .values(day=TruncDate("settled_at", tzinfo=zone))
        .annotate(number=Count("outgoing_message", distinct=True))
        .order_by("day")
    )
    sent_elsewhere = (
        Message.objects.filter(mailbox=mailbox, received_at__gte=since, folder_role=FolderRole.SENT)
        .exclude(state__in=Message.HIDDEN)
        .values(day=TruncDate("received_at", tzinfo=zone))
        .annotate(number=Count("pk"))
        .order_by("day")
    )
    return Activity(received=_by_day(days, received), sent=_by_day(days, [*sent, *sent_elsewhere]))


def _by_day(days: Iterable[date], rows: Iterable[dict[str, Any]]) -> tuple[DayCount, ...]:
    numbers: Counter[date] = Counter()
    for row in rows:
        numbers[row["day"]] += row["number"]
    return tuple(DayCount(day, numbers.get(day, 0)) for day in days)
