"""Keeps what limits sequences: of the account, of outgoing servers and of mailboxes (SPEC S3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Tenant
from sequences.limits.sign_ins import SharedSignIn
from sequences.models import Enrollment, SendingLimit, SendingSettings, Sequence
from sequences.running import replanning
from servers.models import OutgoingServer


@dataclass(frozen=True)
class AccountValues:
    """What holds for all sequences of an account; None for no limit."""

    sender_line: str
    per_day: int | None
    domain_per_day: int | None
    skip_dates: list[str]


@dataclass(frozen=True)
class LimitValues:
    """What may leave; None for no limit. Without a first day nothing is ramped up."""

    per_minute: int | None
    per_day: int | None
    ramp_starts_on: date | None
    ramp_from: int
    ramp_by: int


def save_settings(tenant: Tenant, values: AccountValues, *, now: datetime) -> None:
    """Write the account's settings; where they decide when mail leaves, all due times are moved."""
    with transaction.atomic():
        before = SendingSettings.objects.select_for_update().filter(tenant=tenant).first() or SendingSettings()
        SendingSettings.objects.update_or_create(tenant=tenant, defaults={**asdict(values), "changed_at": now})
        if _when(before) != _when(SendingSettings(**asdict(values))):
            replanning.ask_all()


def follow_zone(_tenant: Tenant, *, now: datetime) -> None:
    """Move all due times: the account's days and hours are those of another clock now."""
    replanning.ask_all()


def save_limit(of: OutgoingServer | Mailbox, values: LimitValues, *, now: datetime) -> None:
    """Write the limit of a server or a mailbox; who waits for it is asked again."""
    with transaction.atomic():
        SendingLimit.objects.update_or_create(
            tenant_id=of.tenant_id, **_owner(of), defaults={**asdict(values), "changed_at": now}
        )
        _ask_who_waits(of)


def clear_limit(of: OutgoingServer | Mailbox) -> bool:
    """Go back to what holds where nobody set a limit; False where nobody had."""
    with transaction.atomic():
        count, _by_model = SendingLimit.objects.filter(**_owner(of)).delete()
        if count:
            _ask_who_waits(of)
    return bool(count)


def _when(settings: SendingSettings) -> tuple[object, ...]:
    return (settings.per_day, settings.domain_per_day, settings.skip_dates)


def _owner(of: OutgoingServer | Mailbox) -> dict[str, Any]:
    return {"mailbox" if isinstance(of, Mailbox) else "server": of}


def _ask_who_waits(of: OutgoingServer | Mailbox) -> None:
    """Have those sequences placed anew whose mail counts in this limit."""
    through = Q(server__mailbox=of) if isinstance(of, Mailbox) else Q(server__in=SharedSignIn.of(of).servers())
    waiting = Enrollment.objects.filter(through, sequence=OuterRef("pk"), state=Enrollment.State.ACTIVE)
    for sequence in Sequence.objects.filter(Exists(waiting), state=Sequence.State.ACTIVE).order_by("pk"):
        replanning.ask(sequence)
