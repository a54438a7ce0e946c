"""Timetables, and many contacts who wait at once."""

from collections.abc import Sequence as Listed
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailhub.tenancy.scope import tenant_scope
from sequences.models import Contact, Enrollment, Sequence
from sequences.schedule import Timetable

OFFICE = [[["09:00", "17:00"]] for _day in range(5)] + [[], []]
ALWAYS = [[["00:00", "24:00"]] for _day in range(7)]
BERLIN = ZoneInfo("Europe/Berlin")


def timetable(
    week: list[list[list[str]]] = OFFICE, zone: str | ZoneInfo = BERLIN, skip_dates: Listed[date] = ()
) -> Timetable:
    found = ZoneInfo(zone) if isinstance(zone, str) else zone
    return Timetable(week=week, zone=found, skip_dates=frozenset(skip_dates))


def enroll_many(
    sequence: Sequence, count: int, *, due_at: datetime, domain: str = "customers.example", **fields: Any
) -> None:
    """Let that many new contacts of one domain wait for the first step, unless fields say else."""
    written = {"created_at": due_at, "changed_at": due_at}
    with tenant_scope(sequence.tenant_id):
        known = Contact.objects.count()
        addresses = [f"person{number}@{domain}" for number in range(known, known + count)]
        contacts = Contact.objects.bulk_create(
            Contact(tenant_id=sequence.tenant_id, address=one, written_address=one, domain=domain, **written)
            for one in addresses
        )
        values = {
            "server_id": sequence.server_id,
            "step": sequence.steps.first(),
            "due_at": due_at,
            "added_at": due_at,
            "changed_at": due_at,
            **fields,
        }
        Enrollment.objects.bulk_create(
            Enrollment(tenant_id=sequence.tenant_id, sequence=sequence, contact=one, **values) for one in contacts
        )


def days_from(day: date, count: int) -> list[date]:
    return [day + timedelta(days=number) for number in range(count)]
