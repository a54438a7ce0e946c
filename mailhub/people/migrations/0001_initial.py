import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import mailhub.lib.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenancy", "0003_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="presence",
                        serialize=False,
                        to="tenancy.membership",
                    ),
                ),
                ("last_active_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SignedInBrowser",
            fields=[
                (
                    "id",
                    models.UUIDField(default=mailhub.lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("user_agent", models.CharField(max_length=300)),
                ("address", models.CharField(max_length=45, verbose_name="network address")),
                ("started_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browsers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
