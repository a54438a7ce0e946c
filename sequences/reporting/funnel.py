"""What became of the contacts that were added in a period, until now."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, Sequence
from sequences.reporting.counting import sends_through_mailboxes_of
from sequences.reporting.measures import BY_KEY, percent
from sequences.reporting.periods import Period

_STAGES = {
    "sent": "were sent a mail",
    "delivered": "had one delivered",
    "opened": "opened one",
    "clicked": "clicked in one",
    "replied": "replied",
}
_ONLY_TRACKED = frozenset({"opened", "clicked"})


@dataclass(frozen=True)
class Stage:
    """So many contacts came as far as this; `share` is of those that were added, from 0 to 1."""

    key: str
    words: str
    count: int
    share: float

    @property
    def percent(self) -> str:
        return percent(self.share)

    @property
    def width(self) -> float:
        """The length of its bar from 0 to 100: at least a sliver where there is one."""
        return max(0.5, self.share * 100) if self.count else 0


def funnel_of(sequence: Sequence, membership: Membership, period: Period) -> list[Stage]:
    """Count contacts, each once however many mails it got, in one query. Stages are those that are watched."""
    watched = {"opened": sequence.tracks_opens, "clicked": sequence.tracks_clicks}
    keys = [key for key in _STAGES if key not in _ONLY_TRACKED or watched[key]]
    sends = sends_through_mailboxes_of(membership).filter(enrollment=OuterRef("pk"))
    reached = {f"is_{key}": Exists(sends.filter(BY_KEY[key].condition)) for key in keys}
    counted = (
        Enrollment.objects.visible_to(membership)
        .filter(sequence=sequence, added_at__gte=period.starts_at, added_at__lt=period.ends_at)
        .annotate(**reached)
        .aggregate(added=Count("pk"), **{key: Count("pk", filter=Q(**{f"is_{key}": True})) for key in keys})
    )
    added = counted["added"]
    stages = [("added", "were added", added), *((key, _STAGES[key], counted[key]) for key in keys)]
    return [Stage(key, words, count, count / added if added else 0.0) for key, words, count in stages]
