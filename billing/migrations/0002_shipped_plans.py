"""The plans that an installation starts with, and a subscription for each account that is there."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from mailhub.tenancy.scope import unscoped

BATCH = 500

_BOTH = ["encrypted_pop", "person_permissions"]
PLANS = (
    {"code": "free", "name": "Free", "included_mailboxes": 3, "is_limit_hard": True, "features": []},
    {
        "code": "standard",
        "name": "Standard",
        "included_mailboxes": 10,
        "price_minor": 4900,
        "extra_mailbox_minor": 500,
        "features": _BOTH,
    },
    {
        "code": "premium",
        "name": "Premium",
        "included_mailboxes": 50,
        "price_minor": 19900,
        "extra_mailbox_minor": 300,
        "features": _BOTH,
    },
)


def ship_plans(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the first version of each plan."""
    plan = apps.get_model("billing", "Plan")
    for values in PLANS:
        plan.objects.get_or_create(code=values["code"], version=1, defaults=values)


def subscribe_tenants(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Subscribe each tenant to the plan that takes nothing from anybody."""
    subscription = apps.get_model("billing", "Subscription")
    plan_change = apps.get_model("billing", "PlanChange")
    standard = apps.get_model("billing", "Plan").objects.get(code="standard", is_current=True)
    tenants = apps.get_model("tenancy", "Tenant").objects.order_by("pk")
    last = 0
    with unscoped("every tenant gets its first subscription"):
        while batch := list(tenants.filter(pk__gt=last)[:BATCH]):
            made = [
                subscription(tenant=tenant, plan=standard, name="Main", started_at=tenant.created_at)
                for tenant in batch
            ]
            subscription.objects.bulk_create(made)
            plan_change.objects.bulk_create(
                plan_change(tenant=one.tenant, subscription=one, plan=standard, at=one.started_at) for one in made
            )
            last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("tenancy", "0001_initial")]

    operations = [
        migrations.RunPython(ship_plans, migrations.RunPython.noop),
        migrations.RunPython(subscribe_tenants, migrations.RunPython.noop),
    ]
