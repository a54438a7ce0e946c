"""Contacts of a sequence with whom something is done: named one by one, or all that the filters of the list show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, Sequence
from sequences.showing import listing
from sequences.showing.listing import EnrollmentFilters

Selection = dict[str, Any]


def by_filters(filters: EnrollmentFilters) -> Selection:
    """Select all that fit the filters when it is their turn."""
    return {"filters": dict(filters.but().pairs())}


def by_contacts(contact_ids: Iterable[uuid.UUID]) -> Selection:
    """Select these contacts, as far as they are in the sequence."""
    return {"contacts": [str(one) for one in contact_ids]}


def selected(sequence: Sequence, viewer: Membership, selection: Mapping[str, Any]) -> QuerySet[Enrollment]:
    """Return those that are selected and that this person may see, in no order."""
    rows = listing.rows_of(sequence, viewer)
    if "filters" in selection:
        return listing.narrowed(rows, EnrollmentFilters.stored(selection["filters"]))
    return rows.filter(contact__in=selection.get("contacts", ()))
