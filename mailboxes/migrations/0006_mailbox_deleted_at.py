"""When a mailbox was deleted: its rows are removed in the background."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0005_segments_subscriptions"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailbox",
            name="deleted_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="mailbox",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)), fields=["deleted_at"], name="mailbox_deleted"
            ),
        ),
    ]
