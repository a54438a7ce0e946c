"""What holds for all sequences of an account: what it set for them, on the account's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import OuterRef, Subquery

from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import ScopeMissing, scoped_tenant_id
from sequences.models import SendingSettings

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class SendingRules:
    """As it was asked for at one moment; the defaults are those of an account that set nothing."""

    # On whose clock days are counted, and hours where nobody knows the contact's own.
    zone: ZoneInfo = _UTC
    # Below each mail; empty for none.
    sender_line: str = ""
    # Mails a day, all together and to one domain; None for no limit.
    per_day: int | None = None
    domain_per_day: int | None = None
    # Days on which no sequence sends.
    skip_dates: frozenset[date] = frozenset()


def rules_of(tenant_id: int) -> SendingRules:
    """Return what holds for the account; its scope is open. One query, also where nobody set anything."""
    kept = SendingSettings.objects.filter(tenant=OuterRef("pk"))
    columns = {f"kept_{name}": Subquery(kept.values(name)) for name in _KEPT}
    row: dict[str, Any] = dict(Tenant.objects.filter(pk=tenant_id).values("time_zone", **columns).get())
    return SendingRules(
        zone=zone_named(row["time_zone"]),
        sender_line=row["kept_sender_line"] or "",
        per_day=row["kept_per_day"],
        domain_per_day=row["kept_domain_per_day"],
        skip_dates=frozenset(date.fromisoformat(one) for one in row["kept_skip_dates"] or ()),
    )


def rules_in_scope() -> SendingRules:
    """Return what holds for the account whose scope is open; raises ScopeMissing where none is."""
    tenant_id = scoped_tenant_id()
    if tenant_id is None:
        raise ScopeMissing("The rules of one account are asked for: open its scope.")
    return rules_of(tenant_id)


def is_zone(name: str) -> bool:
    return name in _known_zones()


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of this name; UTC where the database of this machine does not know it."""
    return ZoneInfo(name) if is_zone(name) else _UTC


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


_KEPT = ("sender_line", "per_day", "domain_per_day", "skip_dates")
