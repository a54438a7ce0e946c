"""Enrollments whose outgoing server is gone wait for a person, who moves them to another (sequences.moving)."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from sequences.models import Enrollment
from sequences.running.obstacles import SERVER_GONE, why_lost
from sequences.stopping.ending import pause
from servers.models import OutgoingServer

_State = Enrollment.State


def tenants_to_look_after(*, now: datetime) -> set[int]:
    """Return the tenants in which somebody is back, or a server was lost. Runs under `unscoped`."""
    back = Enrollment.objects.filter(state=_State.PAUSED, paused_until__lte=now)
    found: set[int] = set(back.order_by().values_list("tenant_id", flat=True).distinct())
    found.update(_without_server().order_by().values_list("tenant_id", flat=True).distinct())
    found.update(_lost_servers().order_by().values_list("tenant_id", flat=True).distinct())
    return found


def pause_lost(*, now: datetime) -> None:
    """Pause the active enrollments of this account whose server was deleted or switched off, or left its mailbox."""
    pause(_without_server(), Enrollment.Cause.SERVER_LOST, SERVER_GONE, now=now)
    for server in _lost_servers().select_related("mailbox"):
        words = why_lost(server)
        if words is not None:
            active = Enrollment.objects.filter(server=server, state=_State.ACTIVE)
            pause(active, Enrollment.Cause.SERVER_LOST, words, now=now)


def _without_server() -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(server=None, state=_State.ACTIVE)


def _lost_servers() -> QuerySet[OutgoingServer]:
    """A server that is only in trouble is waited for."""
    is_off = Q(is_active=False) | Q(mailbox__is_active=False) | Q(mailbox__deleted_at__isnull=False)
    active = Enrollment.objects.filter(server=OuterRef("pk"), state=_State.ACTIVE)
    return OutgoingServer.objects.filter(is_off).filter(Exists(active))
