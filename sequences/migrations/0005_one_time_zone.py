"""An account has one time zone: one that was chosen for sending becomes the account's, where that has none yet."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from mailhub.tenancy.scope import unscoped

_BATCH = 500
_NONE = "UTC"


def give_to_accounts(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count months and days of these accounts where their sequences send; what is due stays due."""
    rows = apps.get_model("sequences", "SendingSettings").objects.exclude(time_zone=_NONE).order_by("pk")
    with unscoped("a time zone that was chosen for sending becomes the account's"):
        wanted = rows
        while batch := list(wanted.only("pk", "tenant_id", "time_zone")[:_BATCH]):
            for one in batch:
                with transaction.atomic():
                    _give(apps, one.tenant_id, one.time_zone)
            wanted = rows.filter(pk__gt=batch[-1].pk)


def _give(apps: Apps, tenant_id: int, zone: str) -> None:
    if zone not in available_timezones():
        return
    accounts = apps.get_model("tenancy", "Tenant").objects.filter(pk=tenant_id, time_zone=_NONE)
    if not accounts.update(time_zone=zone):
        return
    # The month that runs ends on this clock too.
    for one in apps.get_model("billing", "Subscription").objects.filter(tenant=tenant_id, ended_at=None):
        one.closes_at = _end_of(one.month, zone)
        one.save(update_fields=["closes_at"])


def _end_of(month: date, zone: str) -> datetime:
    begins = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    return begins.astimezone(UTC)


class Migration(migrations.Migration):
    # A portion at a time is committed, so that live data is not locked for long.
    atomic = False

    dependencies = [
        ("sequences", "0004_enrollment_stopped"),
        ("tenancy", "0004_zone_and_standing"),
        ("billing", "0004_first_months"),
    ]

    operations = [migrations.RunPython(give_to_accounts, migrations.RunPython.noop, elidable=True)]
