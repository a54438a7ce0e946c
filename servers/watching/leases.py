"""Which process watches which server: written in the rows of the servers, on the database's clock.

A process is known by its token. It claims servers for 45 seconds and renews three times as often; one that dies renews
no more, and `end_lapsed` gives its servers back to ordinary polling and to the other processes. Rows that somebody else
has locked are passed over and come next time, so that no two of these statements ever wait for each other.
"""

import hashlib
import logging
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least, Lower, Now

from mailhub.pulse.models import Heartbeat
from servers.endpoints import Protocol
from servers.failures import FailureKind
from servers.models import IncomingServer
from servers.models.incoming import POLL_INTERVAL
from servers.watching import backoff
from servers.watching.limits import Room, fair_share

log = logging.getLogger(__name__)

# New mail is here within 60 seconds even if the process that should notice it was killed (SPEC I8): its lease ends, the
# clock ticks within five seconds, and a poll follows.
LEASE = timedelta(seconds=45)
RENEW_SECONDS = 15.0
# A process shows every five seconds that it lives; one that is silent for so long has no share any more.
_SILENCE = timedelta(seconds=20)
# How long an account that another server of ours watches already is left alone.
_HELD_ELSEWHERE = timedelta(minutes=10)

_PULSE = "watch"
_FREE = Q(watch_lease_until=None) | Q(watch_lease_until__lte=Now())
_RIPE = Q(watch_not_before=None) | Q(watch_not_before__lte=Now())
# Failures that the next attempt meets again: a refused password tried twice as often locks the account.
_HOPELESS = (
    FailureKind.SIGN_IN_REFUSED,
    FailureKind.PERMANENT,
    FailureKind.CERTIFICATE,
    FailureKind.EGRESS_REFUSED,
)
_NOT_HELD: dict[str, Any] = {"watch_token": None, "watch_lease_until": None, "watched_since": None}
# Ordinary polling goes on where it would be without the watch. Who waits after a failure goes on waiting.
_ORDINARY_POLLING = Case(
    When(failure_count=0, then=Least(F("next_poll_at"), Coalesce(F("last_polled_at"), Now()) + Value(POLL_INTERVAL))),
    default=F("next_poll_at"),
)


@dataclass(frozen=True)
class Setback:
    """A server that could not be watched, or is not any more, and how often in a row."""

    server_id: uuid.UUID
    failure_count: int
    pause: timedelta


class Leases:
    """What one process holds. Every method is a few statements; call them within `unscoped`."""

    def __init__(self, *, token: uuid.UUID, connections: int) -> None:
        """`connections` is the most that this process may hold."""
        self._token = token
        self._connections = connections
        self._name = f"{_PULSE}:{token.hex[:24]}"

    def announce(self) -> None:
        """Show that this process lives, so that the others leave it a share."""
        for name in (_PULSE, self._name):
            Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})
        _watchers().filter(beat_at__lt=Now() - timedelta(hours=1)).delete()

    def share(self) -> int:
        """Return how many servers this process should hold."""
        watcher_count = _watchers().filter(beat_at__gt=Now() - _SILENCE).count()
        if watcher_count <= 1:
            return self._connections
        total = _watchable().filter(Q(watch_lease_until__gt=Now()) | _RIPE).count()
        return min(fair_share(total, watcher_count=watcher_count), self._connections)

    def claim(self, limit: int) -> list[IncomingServer]:
        """Lease up to `limit` servers that nobody watches, and return them.

        Processes take turns, so that limits per host, tenant and account hold over all of them.
        """
        if limit <= 0 or not _claimable().exists():
            return []
        with transaction.atomic():
            Heartbeat.objects.select_for_update().get(name=_PULSE)
            room = _room()
            candidates = _claimable().exclude(tenant_id__in=room.full_tenants)
            if room.full_hosts:
                candidates = candidates.alias(host_name=Lower("host")).exclude(host_name__in=room.full_hosts)
            locked = candidates.order_by("pk").select_for_update(skip_locked=True, of=("self",))
            claimed, doubled = _choose(list(locked[:limit]), room)
            _servers(claimed).update(watch_token=self._token, watch_lease_until=Now() + LEASE, watched_since=None)
            _servers(doubled).update(watch_not_before=Now() + _HELD_ELSEWHERE)
        return claimed

    def renew(self) -> dict[uuid.UUID, bytes]:
        """Renew all leases in one statement; return what is still to be watched, with the print of its settings.

        What is missing was lost to another process, or switched off.
        """
        with transaction.atomic():
            _unlocked(self._held()).update(watch_lease_until=Now() + LEASE)
        settings_of = _polled_by_imap().filter(watch_token=self._token)
        rows = settings_of.values_list("pk", "protocol", "host", "port", "security", "username", "password", "oauth_id")
        return {pk: _print_of(values) for pk, *values in rows.iterator(chunk_size=2000)}

    def begin_watch(self, server_ids: Collection[uuid.UUID]) -> None:
        """Write down that these servers are held by a connection now: they are polled less often."""
        # One by one, here and in `set_back`: a row that somebody else writes to is waited for, and no other one held.
        for server_id in server_ids:
            self._mine([server_id]).update(watched_since=Now(), supports_idle=True, watch_not_before=None)

    def set_back(self, setbacks: Iterable[Setback]) -> None:
        """Give back what failed; it may be claimed again after its pause."""
        for setback in setbacks:
            self._mine([setback.server_id]).update(
                **_NOT_HELD,
                next_poll_at=_ORDINARY_POLLING,
                watch_failure_count=setback.failure_count,
                watch_not_before=Now() + setback.pause,
            )

    def give_up(self, server_ids: Collection[uuid.UUID]) -> None:
        """Give back servers that have no IDLE, until they are asked again."""
        self._mine(server_ids).update(
            **_NOT_HELD, supports_idle=False, watch_failure_count=0, watch_not_before=Now() + backoff.WITHOUT_IDLE
        )

    def give_back(self, server_ids: Collection[uuid.UUID]) -> None:
        """Give back servers that another process may have at once."""
        self._mine(server_ids).update(**_NOT_HELD, next_poll_at=_ORDINARY_POLLING)

    def end(self) -> None:
        """Give everything back, and leave the others our share."""
        IncomingServer.objects.filter(watch_token=self._token).update(**_NOT_HELD, next_poll_at=_ORDINARY_POLLING)
        Heartbeat.objects.filter(name=self._name).delete()

    def _held(self) -> QuerySet[IncomingServer]:
        # The conditions are those of the index.
        return IncomingServer.objects.filter(
            is_active=True, protocol=Protocol.IMAP, watch_lease_until__isnull=False, watch_token=self._token
        )

    def _mine(self, server_ids: Collection[uuid.UUID]) -> QuerySet[IncomingServer]:
        return IncomingServer.objects.filter(pk__in=server_ids, watch_token=self._token)


def end_lapsed() -> int:
    """Give servers whose process died back to ordinary polling; return how many."""
    lapsed = IncomingServer.objects.filter(is_active=True, protocol=Protocol.IMAP, watch_lease_until__lte=Now())
    with transaction.atomic():
        count = _unlocked(lapsed).update(**_NOT_HELD, next_poll_at=_ORDINARY_POLLING)
    if count:
        log.warning("The watch of %d servers ended without a farewell; they are polled as usual.", count)
    return count


def print_of(server: IncomingServer) -> bytes:
    """Return what tells that the settings of the connection are another's by now."""
    secret = server.password.sealed if server.password is not None else None
    values = (server.protocol, server.host, server.port, server.security, server.username, secret, server.oauth_id)
    return _print_of(values)


def _print_of(values: Iterable[object]) -> bytes:
    plain = [bytes(value) if isinstance(value, memoryview) else value for value in values]
    return hashlib.blake2b(repr(plain).encode(), digest_size=8).digest()


def _polled_by_imap() -> QuerySet[IncomingServer]:
    servers: QuerySet[IncomingServer] = IncomingServer.objects.polled().filter(protocol=Protocol.IMAP)
    return servers


def _watchable() -> QuerySet[IncomingServer]:
    """Servers that are polled with success: what a poll cannot sign in to, no watch can."""
    hopeful = Q(failure_count=0) | ~Q(last_failure_kind__in=_HOPELESS)
    return _polled_by_imap().filter(hopeful, last_success_at__isnull=False)


def _claimable() -> QuerySet[IncomingServer]:
    return _watchable().filter(_FREE, _RIPE)


def _watchers() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(name__startswith=f"{_PULSE}:")


def _servers(servers: list[IncomingServer]) -> QuerySet[IncomingServer]:
    found: QuerySet[IncomingServer] = IncomingServer.objects.filter(pk__in=[server.pk for server in servers])
    return found


def _unlocked(servers: QuerySet[IncomingServer]) -> QuerySet[IncomingServer]:
    """Return those of `servers` that nobody else is writing to; only within a transaction."""
    free = servers.order_by("pk").select_for_update(skip_locked=True).values("pk")
    found: QuerySet[IncomingServer] = IncomingServer.objects.filter(pk__in=free)
    return found


def _room() -> Room:
    live = IncomingServer.objects.filter(is_active=True, protocol=Protocol.IMAP, watch_lease_until__gt=Now())
    hosts = live.order_by().values_list(Lower("host")).annotate(count=Count("pk"))
    tenants = live.order_by().values_list("tenant_id").annotate(count=Count("pk"))
    return Room(
        per_host=settings.WATCH_PER_HOST,
        per_tenant=settings.WATCH_PER_TENANT,
        by_host=Counter(dict(hosts)),
        by_tenant=Counter(dict(tenants)),
    )


def _choose(candidates: list[IncomingServer], room: Room) -> tuple[list[IncomingServer], list[IncomingServer]]:
    """Return which of the candidates fit, and which of them are accounts that somebody watches already."""
    live = IncomingServer.objects.filter(
        is_active=True, watch_lease_until__gt=Now(), username__in={server.username for server in candidates}
    )
    room.accounts = set(live.values_list(Lower("host"), "username"))
    doubled = []
    claimed = []
    for server in candidates:
        if room.is_held(server):
            doubled.append(server)
        elif room.take(server):
            claimed.append(server)
    return claimed, doubled
