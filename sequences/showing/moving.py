"""What moving contacts to another outgoing server would do, in numbers, before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sequences.models import Enrollment, StepSend
from servers.models import OutgoingServer

_State = Enrollment.State


@dataclass(frozen=True)
class Effect:
    """How many of those who are meant are moved, and what that means for them."""

    moved: int
    # They wait because their server is gone, and go on.
    resumed: int
    # Their mail was submitted and has not left: it is taken back, and leaves through the new server.
    taken_back: int
    # They have got mail: what follows stays in its thread.
    in_thread: int
    # Their mail goes from another mailbox than before.
    from_other_mailbox: int
    # They go through it already, or their way is over.
    untouched: int


def effect_of(rows: QuerySet[Enrollment], to: OutgoingServer) -> Effect:
    """Return what moving these to a server would do; two queries."""
    total = rows.order_by().count()
    submitted = StepSend.objects.filter(
        enrollment=OuterRef("pk"), withdrawn_at=None, sent_at=None, failed_at=None, uncertain_at=None
    )
    concerned = rows.filter(state__in=[_State.ACTIVE, _State.PAUSED]).exclude(server=to).order_by()
    counted = concerned.annotate(waits_to_leave=Exists(submitted)).aggregate(
        moved=Count("pk"),
        resumed=Count("pk", filter=Q(cause=Enrollment.Cause.SERVER_LOST)),
        taken_back=Count("pk", filter=Q(waits_to_leave=True)),
        in_thread=Count("pk", filter=Q(last_send__isnull=False)),
        from_other_mailbox=Count("pk", filter=~Q(server__mailbox=to.mailbox_id)),
    )
    return Effect(**counted, untouched=total - counted["moved"])
