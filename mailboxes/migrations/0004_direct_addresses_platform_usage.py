"""Direct addresses for the mailboxes that are there, one open reply check per server, and the count of platform mail."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import mailboxes.models.mailboxes
import mailhub.lib.ids
from mailboxes.models.mailboxes import new_direct_token
from mailhub.tenancy.scope import unscoped

BATCH = 500


def give_direct_tokens(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make a token for each mailbox, in batches."""
    rows = apps.get_model("mailboxes", "Mailbox").objects.using(schema_editor.connection.alias)
    with unscoped("mailboxes of every tenant get a direct address"):
        while batch := list(rows.filter(direct_token=None)[:BATCH]):
            for mailbox in batch:
                mailbox.direct_token = new_direct_token()
            rows.bulk_update(batch, ["direct_token"])


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0003_probes_copies_alarms"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformUsage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=mailhub.lib.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("on", models.DateField()),
                ("recipient_count", models.PositiveIntegerField(default=0)),
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
        ),
        migrations.AddConstraint(
            model_name="platformusage",
            constraint=models.UniqueConstraint(fields=("tenant", "on"), name="platform_usage_once"),
        ),
        migrations.AddConstraint(
            model_name="replycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)), fields=("outgoing_server",), name="reply_check_one_open"
            ),
        ),
        # On SQLite a new table would take the place of this one, while triggers of other tables name it: so the column
        # is added as it is, and the default stays with the model.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AddField(
                    model_name="mailbox",
                    name="direct_token",
                    field=models.CharField(editable=False, max_length=32, null=True),
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="mailbox",
                    name="direct_token",
                    field=models.CharField(
                        default=mailboxes.models.mailboxes.new_direct_token, editable=False, max_length=32, null=True
                    ),
                )
            ],
        ),
        migrations.RunPython(give_direct_tokens, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("direct_token__isnull", False)), fields=("direct_token",), name="direct_token_once"
            ),
        ),
    ]
