"""Who writes the next mail to which contact: leases on due enrollments.

The lease is `due_at` itself: who claims a row moves it a little into the future, and only who still finds it there may
submit. When a worker dies, the row becomes due again by itself.
"""

import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from mailhub.tenancy.standing import RUNS_SEQUENCES
from sequences.models import Enrollment, Sequence

LEASE = timedelta(minutes=2)


def tenants_with_due(*, now: datetime) -> list[int]:
    """Return the tenants of active sequences in which something is due. Runs under `unscoped`.

    One look into an index for each active sequence, however many contacts there are or wait in others.
    """
    return list(_with_due(now=now).order_by("tenant_id").values_list("tenant_id", flat=True).distinct())


def sequences_with_due(*, now: datetime) -> list[uuid.UUID]:
    """Return the active sequences in which something is due, the one that waits for longest first."""
    first = Enrollment.objects.due(now).filter(sequence=OuterRef("pk")).order_by("due_at").values("due_at")[:1]
    rows = _with_due(now=now).annotate(first_due_at=Subquery(first))
    return list(rows.order_by("first_due_at", "pk").values_list("pk", flat=True))


def claim(sequence_id: uuid.UUID, *, limit: int, now: datetime) -> list[Enrollment]:
    """Claim what is due in a sequence, the longest waiting first; each row has its lease as `due_at`."""
    lease = now + LEASE
    with transaction.atomic():
        due = Enrollment.objects.due(now).filter(sequence=sequence_id, sequence__state=Sequence.State.ACTIVE)
        held = due.order_by("due_at", "pk").select_for_update(
            of=("self",), no_key=True, skip_locked=connection.features.has_select_for_update_skip_locked
        )
        # Looked at in Python, as a sub-query is evaluated anew after a wait for a lock.
        mine = list(held.values_list("pk", flat=True)[:limit])
        Enrollment.objects.due(now).filter(pk__in=mine).update(due_at=lease)
    rows = Enrollment.objects.filter(pk__in=mine, due_at=lease).select_related(*_NEEDED)
    return list(rows.order_by("pk"))


def _with_due(*, now: datetime) -> QuerySet[Sequence]:
    due = Enrollment.objects.due(now).filter(sequence=OuterRef("pk"))
    # Where an invoice is long overdue, all stand still: none of them is even looked at.
    return Sequence.objects.filter(Exists(due), state=Sequence.State.ACTIVE, tenant__standing__in=RUNS_SEQUENCES)


_NEEDED = ("sequence__author__user", "sequence__author__tenant", "contact", "step", "server__mailbox", "conversation")
