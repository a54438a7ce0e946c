"""The months that run, who issues invoices, and the rates of value added tax that an installation starts with."""

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from mailhub.tenancy.scope import unscoped

BATCH = 500

# Standard rates of the member states in hundredths of a percent, as of 2026; the operator keeps them up to date.
RATES = {
    "AT": 2000,
    "BE": 2100,
    "BG": 2000,
    "CY": 1900,
    "CZ": 2100,
    "DE": 1900,
    "DK": 2500,
    "EE": 2400,
    "ES": 2100,
    "FI": 2550,
    "FR": 2000,
    "GR": 2400,
    "HR": 2500,
    "HU": 2700,
    "IE": 2300,
    "IT": 2200,
    "LT": 2100,
    "LU": 1700,
    "LV": 2100,
    "MT": 1800,
    "NL": 2100,
    "PL": 2300,
    "PT": 2300,
    "RO": 2100,
    "SE": 2500,
    "SI": 2200,
    "SK": 2300,
}


def begin_months(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bill from this month on; what was before was free, because nothing was billed then."""
    subscription = apps.get_model("billing", "Subscription")
    now = datetime.now(UTC)
    begins = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = begins.replace(year=begins.year + begins.month // 12, month=begins.month % 12 + 1)
    rows = subscription.objects.order_by("pk")
    with unscoped("every subscription gets the month that runs"):
        wanted = rows
        while batch := list(wanted[:BATCH]):
            for one in batch:
                one.month, one.closes_at = begins.date(), ends
                one.billed_until = max(one.started_at, begins)
            subscription.objects.bulk_update(batch, ["month", "closes_at", "billed_until"])
            wanted = rows.filter(pk__gt=batch[-1].pk)


def ship_issuer(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make an issuer, whose name and address the operator fills in, and the rates."""
    apps.get_model("billing", "Issuer").objects.get_or_create(
        is_default=True, defaults={"name": "mailhub", "reminder_days": [3, 10, 17]}
    )
    rate = apps.get_model("billing", "TaxRate")
    for country, value in RATES.items():
        rate.objects.get_or_create(country=country, defaults={"rate": value})


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_invoices"), ("tenancy", "0004_zone_and_standing")]

    operations = [
        migrations.RunPython(begin_months, migrations.RunPython.noop),
        migrations.RunPython(ship_issuer, migrations.RunPython.noop),
    ]
