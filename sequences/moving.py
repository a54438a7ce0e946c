"""Moves contacts of sequences to another outgoing server, as one deliberate action (SPEC S2).

Their threads stay what they are: the next mail refers to those that the old server sent. In another mailbox it stands
in a conversation of its own, which is linked to the old one.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mailhub.tenancy.models import Membership
from sequences.enrolling import ServerRefused, usable_servers
from sequences.models import Enrollment, EnrollmentEvent
from sequences.running.placing import place
from sequences.stopping.ending import note_events, take_back
from servers.models import OutgoingServer

_State = Enrollment.State
_Cause = Enrollment.Cause
_BATCH = 500


def move(enrollments: QuerySet[Enrollment], to: OutgoingServer, *, by: Membership, now: datetime) -> int:
    """Let these go through another server from their next mail on, as far as they are under way; return how many.

    What was submitted and has not left is taken back, and leaves through the new server. Who waited because the old
    server was lost goes on. Raises ServerRefused.
    """
    why_not = usable_servers([to], by=by, now=now)[to.pk]
    if why_not:
        raise ServerRefused(why_not)
    rows = enrollments.filter(state__in=[_State.ACTIVE, _State.PAUSED])
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return sum(_move(ids[first : first + _BATCH], to, by=by, now=now) for first in range(0, len(ids), _BATCH))


def _move(ids: list[uuid.UUID], to: OutgoingServer, *, by: Membership, now: datetime) -> int:
    with transaction.atomic():
        rows = Enrollment.objects.filter(pk__in=ids, state__in=[_State.ACTIVE, _State.PAUSED])
        held = rows.exclude(server=to).select_for_update(of=("self",), no_key=True).order_by("pk")
        moved = {one.pk: one for one in held}
        lost = [one.pk for one in moved.values() if one.cause == _Cause.SERVER_LOST]
        Enrollment.objects.filter(pk__in=moved).update(server=to, server_choice=Enrollment.Choice.MOVED, changed_at=now)
        Enrollment.objects.filter(pk__in=lost).update(state=_State.ACTIVE, cause=_Cause.NONE, cause_words="")
        note_events(moved.values(), EnrollmentEvent.Kind.MOVED, f"To {to}", by=by, now=now)
        taken_back = take_back(moved, because="Moved to another outgoing server.", now=now)
        place({*lost, *taken_back}, now=now)
    return len(moved)
