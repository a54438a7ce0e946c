"""Mail that no sequence sent, such as people's answers: it is never refused, but a sign-in's quota counts it too."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.cache import caches
from django.db.models import Count, QuerySet

from mailboxes.models import OutgoingMessage
from sequences.limits.periods import Period
from sequences.limits.sign_ins import SharedSignIn
from servers.models import OutgoingServer

# How old the count may be that one process remembers of one sign-in.
SECONDS_REMEMBERED = 60


def other_mail_of(sign_in: SharedSignIn, day: Period) -> int:
    """Return how much other mail of the sign-in there is of that day, at most a minute ago."""
    place = f"other-mail:{sign_in.key}:{day.starts_at.isoformat()}"
    found: int | None = caches["process"].get(place)
    if found is None:
        found = _of_day(list(sign_in.servers().only("pk", "mailbox_id")), day).count()
        caches["process"].set(place, found, timeout=SECONDS_REMEMBERED)
    return found


def other_mail_by_server(servers: Iterable[OutgoingServer], day: Period) -> dict[uuid.UUID, int]:
    """Return how much other mail there is of that day, for each server that has any; one query, nothing remembered."""
    rows = _of_day(list(servers), day).order_by().values_list("server").annotate(Count("pk"))
    return dict(rows)


def _of_day(servers: list[OutgoingServer], day: Period) -> QuerySet[OutgoingMessage]:
    # Named by mailbox too, whose mail of a day an index finds.
    mail = OutgoingMessage.objects.filter(
        mailbox__in={one.mailbox_id for one in servers},
        server__in=[one.pk for one in servers],
        created_at__gte=day.starts_at,
        created_at__lt=day.ends_at,
    )
    return mail.exclude(origin=OutgoingMessage.Origin.SEQUENCE)
