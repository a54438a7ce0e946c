"""Writes down who fetched the picture of a mail or followed a link of it; what kind of program, never which address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q
from django.http import HttpRequest

from sequences.models import StepSend, TrackedLink, TrackingHit
from sequences.tracking.visitors import LONGEST_BURST, Click, Fetch, Visitor, burst_begins_at, visitor_of

_Kind = TrackingHit.Kind
# What anybody may let us write by asking again and again, of each kind and by each sort of visitor.
_MOST_HITS = 40
_LONGEST_AGENT = 1000


@dataclass(frozen=True)
class Visit:
    """What a request for a picture or a link tells of who asks."""

    user_agent: str
    is_head: bool
    is_prefetch: bool
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest, *, now: datetime) -> Visit:
        purposes = (request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
        return cls(
            user_agent=request.headers.get("User-Agent", "")[:_LONGEST_AGENT],
            is_head=request.method == "HEAD",
            is_prefetch=any("prefetch" in one or "preview" in one for one in purposes),
            at=now,
        )


def record(send: StepSend, visit: Visit, *, link: TrackedLink | None) -> None:
    """Write down that the picture of a mail was fetched or, with `link`, that this link was followed."""
    kind = _Kind.OPEN if link is None else _Kind.CLICK
    with transaction.atomic():
        # In turns: two clicks at once must see each other.
        rows = StepSend.objects.select_for_update(of=("self",), no_key=True)
        held: StepSend | None = rows.filter(pk=send.pk).first()
        if held is None:
            return
        visitor = visitor_of(_fetch(held, visit))
        hits = TrackingHit.objects.filter(send=held)
        if hits.filter(kind=kind, visitor=visitor)[:_MOST_HITS].count() >= _MOST_HITS:
            return
        TrackingHit.objects.create(
            tenant_id=held.tenant_id, send=held, link=link, kind=kind, visitor=visitor, at=visit.at
        )
        if link is not None:
            _heed_burst(held, now=visit.at)
        _mark_people(held)


def _fetch(send: StepSend, visit: Visit) -> Fetch:
    return Fetch(
        user_agent=visit.user_agent,
        at=visit.at,
        left_at=send.sent_at or send.uncertain_at,
        is_head=visit.is_head,
        is_prefetch=visit.is_prefetch,
    )


def _heed_burst(send: StepSend, *, now: datetime) -> None:
    """Take back that it was a person, if a program turns out to follow one link after the other."""
    recent = TrackingHit.objects.filter(send=send, at__gte=now - LONGEST_BURST, at__lte=now)
    clicks = recent.filter(kind=_Kind.CLICK, link__isnull=False).values_list("link", "at")
    begins_at = burst_begins_at([Click(link_id, at) for link_id, at in clicks], now=now)
    if begins_at is not None:
        # The picture as well: the same program fetched it.
        recent.filter(visitor=Visitor.HUMAN, at__gte=begins_at).update(visitor=Visitor.SCANNER)


def _mark_people(send: StepSend) -> None:
    people = TrackingHit.objects.filter(send=send, visitor=Visitor.HUMAN)
    first = people.aggregate(
        opened_at=Min("at", filter=Q(kind=_Kind.OPEN)), clicked_at=Min("at", filter=Q(kind=_Kind.CLICK))
    )
    if (send.opened_at, send.clicked_at) != (first["opened_at"], first["clicked_at"]):
        StepSend.objects.filter(pk=send.pk).update(**first)
