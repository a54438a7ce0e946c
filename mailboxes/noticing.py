"""Polls at once what the watcher noticed: the claim of the clock, for single servers."""

import uuid
from collections.abc import Callable, Collection
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from mailhub.tenancy.scope import unscoped
from servers.models import IncomingServer


class PollBells:
    """What the watcher rings (`servers.watching.notices.Bells`)."""

    def __init__(self, *, now: Callable[[], datetime], ring: Callable[[IncomingServer], None]) -> None:
        """`ring` is called for each server that was leased, outside of any transaction."""
        self._now = now
        self._ring = ring

    def make_due(self, server_ids: Collection[uuid.UUID]) -> None:
        """Make the servers due; a poll that is running now is followed by another one.

        What is overdue stays so: since when is what raises the alarm where nobody polls.
        """
        now = self._now()
        # The end of a poll tells by another time that somebody asked meanwhile (IncomingServer.end_poll).
        is_running = Q(poll_started=True, poll_lease_until__gt=Now())
        with unscoped("the watcher notices new mail of every tenant"):
            for server_id in server_ids:
                # One by one: two statements that write to many rows could wait for each other.
                server = IncomingServer.objects.filter(Q(next_poll_at__gt=now) | is_running, pk=server_id)
                server.update(next_poll_at=now)

    def ring(self, server_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Lease and ring for those that are due and free; return those that are due and not free."""
        servers = IncomingServer.objects
        with unscoped("the watcher notices new mail of every tenant"):
            claimed = servers.filter(pk__in=server_ids).claim_due(self._now(), limit=len(server_ids))
            for server in claimed:
                self._ring(server)
            still_due = servers.filter(pk__in=server_ids, next_poll_at__lte=self._now()).polled()
            return set(still_due.values_list("pk", flat=True)) - {server.pk for server in claimed}
