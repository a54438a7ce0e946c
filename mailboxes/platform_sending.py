"""Mail of tenants that goes through the platform's own server: who carries it, and how much of it a day (SPEC M12).

Rows, states and errors stay the tenant's; the server and its sign-in are the operator's.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from mailboxes.models import Delivery, DeliveryAttempt, PlatformUsage
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import OutgoingServer, ServerError
from servers.models.outgoing import Transport

# Connections to the platform's server for the mail of all tenants together; some more may wait for the reply to a dot.
MOST_SENDING = 8
MOST_CONNECTED = 16
NEW_FOR = timedelta(days=14)

_WHY_UNSCOPED = "mail of tenants goes through the platform's own server"


@dataclass(frozen=True)
class Allowance:
    """What a tenant may still hand over on one day. `room` counts what is on its way as used, `is_used_up` does not."""

    limit: int
    room: int
    is_used_up: bool


def carrier_of(server: OutgoingServer) -> OutgoingServer:
    """Return the server whose host and sign-in carry the mail; raise ServerFailure while the platform has none."""
    if server.transport != Transport.PLATFORM:
        return server
    carrier = _platform_server()
    if carrier is None or not carrier.is_active:
        raise ServerFailure(Operation.CONNECT, FailureKind.TRANSIENT, "The platform's server is not ready.")
    return carrier


@contextmanager
def turn(server: OutgoingServer) -> Iterator[bool]:
    """Yield whether one more worker may connect and claim now; the answer holds until the block ends.

    For the platform's server all tenants wait in one row, or each of many workers would take the last place.
    """
    if server.transport != Transport.PLATFORM:
        yield True
        return
    with transaction.atomic():
        with unscoped(_WHY_UNSCOPED):
            list(_platform_servers().select_for_update(of=("self",)))
            live = DeliveryAttempt.objects.live().filter(server__transport=Transport.PLATFORM)
            runs: set[tuple[uuid.UUID, str]] = set(live.values_list("run", "state"))
        sending = {run for run, state in runs if state == DeliveryAttempt.State.CLAIMED}
        yield len(sending) < MOST_SENDING and len({run for run, _state in runs}) < MOST_CONNECTED


@contextmanager
def allowance(tenant: Tenant, *, now: datetime) -> Iterator[Allowance]:
    """Yield what the tenant may hand over today; other workers of the tenant wait until the block ends."""
    on = _day(now)
    limit = limit_of(tenant, now=now)
    PlatformUsage.objects.get_or_create(tenant=tenant, on=on)
    with transaction.atomic():
        used = PlatformUsage.objects.select_for_update().get(tenant=tenant, on=on).recipient_count
        claimed = Delivery.objects.filter(
            tenant=tenant,
            state=Delivery.State.CLAIMED,
            server__transport=Transport.PLATFORM,
            attempt__started_at__gte=_start_of(on),
        ).count()
        yield Allowance(limit=limit, room=max(0, limit - used - claimed), is_used_up=used >= limit)


def count_handed_over(attempt: DeliveryAttempt, recipient_count: int) -> None:
    """Count recipients just before the final dot, on the day on which they were claimed; within the transaction of it.

    Call it first: its row is what `allowance` waits for.
    """
    if attempt.server is not None and attempt.server.transport == Transport.PLATFORM:
        usage = PlatformUsage.objects.filter(tenant_id=attempt.tenant_id, on=_day(attempt.started_at))
        usage.update(recipient_count=F("recipient_count") + recipient_count)


def put_off(server: OutgoingServer, limit: int, *, now: datetime) -> None:
    """Let what is due through this server wait for the next day, and say so; nothing is dropped."""
    tomorrow = _start_of(_day(now) + timedelta(days=1))
    Delivery.objects.filter(server=server).due(now).update(
        state=Delivery.State.DEFERRED,
        not_before=tomorrow,
        reply_text=(
            f"Waits until tomorrow (UTC): through the platform's server this account may write to {limit} recipients "
            "a day."
        ),
    )


def limit_of(tenant: Tenant, *, now: datetime) -> int:
    """Return how many recipients a day the tenant has; the first 14 days have their own number."""
    is_new = now - tenant.created_at < NEW_FOR
    limit = settings.PLATFORM_NEW_TENANT_DAILY_LIMIT if is_new else settings.PLATFORM_DAILY_LIMIT
    return min(limit, settings.PLATFORM_DAILY_LIMIT)


def record_failure(server: OutgoingServer, failure: ServerFailure, *, now: datetime) -> datetime:
    """Tell the operator that the platform's server failed, and return when the tenant's mail is tried again."""
    carrier = _platform_server()
    not_before = now + _UNTIL_READY
    if carrier is not None:
        with tenant_scope(carrier.tenant_id):
            ServerError.objects.record(carrier, failure, now=now)
            not_before = carrier.record_failure(failure, now=now)
    OutgoingServer.objects.filter(pk=server.pk).update(not_before=not_before)
    return not_before


_UNTIL_READY = timedelta(minutes=5)


def _platform_server() -> OutgoingServer | None:
    with unscoped(_WHY_UNSCOPED):
        return _platform_servers().first()


def _platform_servers() -> QuerySet[OutgoingServer]:
    return OutgoingServer.objects.select_related("tenant").filter(tenant__is_platform=True, is_default=True)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
