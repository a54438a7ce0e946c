"""What is written of the contacts in a sequence when people download them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from sequences.models import Enrollment, Sequence
from sequences.showing.listing import places_of_steps
from sequences.showing.standing import standing_of

HEADER = (
    "E-mail address",
    "First name",
    "Last name",
    "Company",
    "State",
    "Step",
    "Outgoing server",
    "How it was chosen",
    "Next or last",
    "Why",
    "Added",
)
_BATCH = 500


def batches(sequence: Sequence, rows: QuerySet[Enrollment], *, now: datetime) -> Iterator[list[list[str]]]:
    """Yield the rows of these contacts, by when they were added, a query for each batch."""
    places = places_of_steps(sequence)
    after = None
    # By key, which grows with time: no cursor is held open while somebody downloads slowly.
    ordered = rows.select_related("contact", "server").order_by("pk")
    while found := list((ordered.filter(pk__gt=after) if after else ordered)[:_BATCH]):
        yield [_row(one, sequence, places.get(one.step_id, 0), len(places), now=now) for one in found]
        after = found[-1].pk


def _row(one: Enrollment, sequence: Sequence, place: int, step_count: int, *, now: datetime) -> list[str]:
    standing = standing_of(one, sequence, tenant=sequence.tenant, now=now)
    return [
        one.contact.written_address,
        one.contact.first_name,
        one.contact.last_name,
        one.contact.company,
        standing.word,
        f"{place} of {step_count}" if place else "",
        str(one.server) if one.server is not None else "",
        str(one.get_server_choice_display()),
        standing.at.isoformat() if standing.at is not None else "",
        standing.because,
        one.added_at.isoformat(),
    ]
