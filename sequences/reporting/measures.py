"""What reports count, each with its definition. The page shows these very words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.db.models import Q

# It left: a server took it, or refused it for good while we spoke with it.
LEFT = Q(sent_at__isnull=False) | Q(bounced_at__isnull=False)
UNCERTAIN = Q(uncertain_at__isnull=False, sent_at=None, bounced_at=None, failed_at=None, withdrawn_at=None)


@dataclass(frozen=True)
class Measure:
    """One column of a report. `of` is the measure that its rate is a share of, "" where it has none."""

    key: str
    label: str
    words: str
    condition: Q
    of: str = ""


MEASURES = (
    Measure(
        "sent",
        "Sent",
        "Mails that the outgoing server took, or that were refused for good. What was withdrawn before it left, or "
        "could not be handed over, is not among them.",
        LEFT,
    ),
    Measure(
        "delivered",
        "Delivered",
        "Taken by the server, and not bounced since. Rate: of what was sent.",
        Q(sent_at__isnull=False, bounced_at=None),
        "sent",
    ),
    Measure(
        "bounced",
        "Bounced",
        "Refused for good, while we spoke with the server or by a report afterwards. Rate: of what was sent.",
        Q(bounced_at__isnull=False),
        "sent",
    ),
    Measure(
        "replied",
        "Replied",
        "A person answered. The answer belongs to the mail that it answers. Rate: of what was delivered.",
        LEFT & Q(replied_at__isnull=False),
        "delivered",
    ),
    Measure(
        "away",
        "Out of office",
        "An automatic answer said that nobody is there. Rate: of what was delivered.",
        LEFT & Q(away_at__isnull=False),
        "delivered",
    ),
    Measure(
        "unsubscribed",
        "Unsubscribed",
        "Somebody wanted no more; it belongs to the last mail before that. Rate: of what was delivered.",
        LEFT & Q(unsubscribed_at__isnull=False),
        "delivered",
    ),
    Measure(
        "complained",
        "Complained",
        "The provider told us that the reader called it spam. Rate: of what was delivered.",
        LEFT & Q(complained_at__isnull=False),
        "delivered",
    ),
    Measure(
        "opened",
        "Opened",
        "A person loaded the picture in the mail, as far as one can tell. Who blocks pictures is not seen; proxies of "
        "mail programs and security scanners are counted apart. Rate: of what was delivered.",
        LEFT & Q(opened_at__isnull=False),
        "delivered",
    ),
    Measure(
        "clicked",
        "Clicked",
        "A person followed a link, as far as one can tell. Scanners, which follow all of them, are counted apart. "
        "Rate: of what was delivered.",
        LEFT & Q(clicked_at__isnull=False),
        "delivered",
    ),
    Measure(
        "uncertain",
        "Uncertain",
        "The connection broke at the last moment, and nobody has said yet whether it arrived. Not among the sent.",
        UNCERTAIN,
    ),
)
BY_KEY = {measure.key: measure for measure in MEASURES}
# Shown only where there is one, or where the account asks for it.
_ONLY_IF_ANY = frozenset({"complained", "opened", "clicked", "uncertain"})


@dataclass(frozen=True)
class Tally:
    """How many mails, by the key of each measure."""

    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    replied: int = 0
    away: int = 0
    unsubscribed: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0
    uncertain: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(self.count(one.name) + other.count(one.name) for one in fields(Tally)))

    def count(self, key: str) -> int:
        value: int = getattr(self, key)
        return value

    def rate(self, measure: Measure) -> float | None:
        """Return the share from 0 to 1; None where there is none, or nothing that it could be a share of."""
        of = self.count(measure.of) if measure.of else 0
        return min(1.0, self.count(measure.key) / of) if of else None


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def shown(tally: Tally, *, asked_for: Iterable[str] = ()) -> list[Measure]:
    """Return the measures that a report shows: the usual ones, those that are `asked_for`, and those that counted."""
    also = set(asked_for)
    return [
        measure
        for measure in MEASURES
        if measure.key not in _ONLY_IF_ANY or measure.key in also or tally.count(measure.key)
    ]


def percent(rate: float | None) -> str:
    """Return a rate as it is written: "4.2 %", "" for none."""
    if rate is None:
        return ""
    share = rate * 100
    return f"{share:.0f} %" if share in (0, 100) or share >= 99.95 else f"{share:.1f} %"
