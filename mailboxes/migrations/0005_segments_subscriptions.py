"""Segments, and what a mailbox counts against: for the mailboxes that are there, the first of each of its account."""

from datetime import datetime
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F
from django.utils import timezone

import mailhub.lib.ids
from mailhub.tenancy.scope import unscoped

BATCH = 500


def start_first_segments(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each tenant its first segment."""
    segment, tenants = apps.get_model("mailboxes", "Segment"), apps.get_model("tenancy", "Tenant")
    last = 0
    with unscoped("every tenant gets its first segment"):
        while batch := list(tenants.objects.order_by("pk").filter(pk__gt=last)[:BATCH]):
            segment.objects.bulk_create(
                segment(tenant=tenant, name="General", created_at=tenant.created_at) for tenant in batch
            )
            last = batch[-1].pk


def place_mailboxes(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put each mailbox into the first segment and subscription of its tenant, and the active ones into the ledger."""
    mailbox, segment = apps.get_model("mailboxes", "Mailbox"), apps.get_model("mailboxes", "Segment")
    subscription = apps.get_model("billing", "Subscription")
    now = timezone.now()
    with unscoped("mailboxes of every tenant get a segment and a subscription"):
        while batch := list(mailbox.objects.filter(segment=None).order_by("created_at", "id")[:BATCH]):
            tenants = {one.tenant_id for one in batch}
            segments = {one.tenant_id: one for one in segment.objects.filter(tenant__in=tenants)}
            subscriptions = {one.tenant_id: one for one in subscription.objects.filter(tenant__in=tenants)}
            for one in batch:
                one.segment, one.subscription = segments[one.tenant_id], subscriptions[one.tenant_id]
            mailbox.objects.bulk_update(batch, ["segment", "subscription"])
            for one in batch:
                segment.objects.filter(pk=one.segment_id, default_mailbox=None).update(default_mailbox=one)
            _enter(apps, [one for one in batch if one.is_active], now=now)


def _enter(apps: Apps, active: list[Any], *, now: datetime) -> None:
    activation, subscription = apps.get_model("billing", "Activation"), apps.get_model("billing", "Subscription")
    activation.objects.bulk_create(
        activation(
            tenant_id=one.tenant_id,
            subscription_id=one.subscription_id,
            mailbox_id=one.pk,
            mailbox_name=one.name,
            change=1,
            at=now,
        )
        for one in active
    )
    for one in active:
        subscription.objects.filter(pk=one.subscription_id).update(active_count=F("active_count") + 1)


def settle_constraints(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Check the new rows now: PostgreSQL alters no table for which such a check waits for the end of the transaction."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_shipped_plans"),
        ("mailboxes", "0004_direct_addresses_platform_usage"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=mailhub.lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(editable=False)),
                (
                    "default_mailbox",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="mailboxes.mailbox",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "name"),
                        name="segment_name_once",
                        violation_error_message="Another segment of this account has this name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentPerson",
            fields=[
                (
                    "id",
                    models.UUIDField(default=mailhub.lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="people", to="mailboxes.segment"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("membership",), name="segment_person_once")],
            },
        ),
        migrations.AddIndex(
            model_name="outgoingmessage",
            index=models.Index(
                condition=models.Q(("is_confidential", True), ("raw_sha256__gt", "")),
                fields=["created_at"],
                name="outgoing_confidential_open",
            ),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="is_open",
            field=models.BooleanField(default=False, verbose_name="everyone in the account may use it"),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="segment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="mailboxes",
                to="mailboxes.segment",
            ),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="subscription",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="mailboxes",
                to="billing.subscription",
            ),
        ),
        migrations.RunPython(start_first_segments, migrations.RunPython.noop),
        migrations.RunPython(place_mailboxes, migrations.RunPython.noop),
        migrations.RunPython(settle_constraints, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="mailbox",
            name="segment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="mailboxes", to="mailboxes.segment"
            ),
        ),
        migrations.AlterField(
            model_name="mailbox",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="mailboxes", to="billing.subscription"
            ),
        ),
    ]
