"""Long work on the contacts of a sequence: adding many, stopping, pausing, going on with or moving them."""

import django.db.models.deletion
from django.db import migrations, models

import mailhub.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("sequences", "0002_folded_names"),
        ("servers", "0006_archives_and_refused_messages"),
        ("tenancy", "0003_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrollmentBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(default=mailhub.lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("add", "Add"),
                            ("stop", "Stop"),
                            ("pause", "Pause"),
                            ("resume", "Go on"),
                            ("move", "Move"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("chosen", "Being prepared"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="chosen",
                        max_length=8,
                    ),
                ),
                ("choice", models.JSONField(default=dict)),
                ("overrides", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("position", models.UUIDField(editable=False, null=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("token", models.UUIDField(editable=False, null=True)),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "sequence",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="sequences.sequence",
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="servers.outgoingserver",
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
                "indexes": [
                    models.Index(fields=["sequence", "-created_at"], name="enrollment_batch_newest"),
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["lease_until"],
                        name="enrollment_batch_working",
                    ),
                ],
            },
        ),
    ]
