"""Mail may have a moment from which on it is not handed over any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0021_notifications_elsewhere"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingmessage",
            name="leave_by",
            field=models.DateTimeField(null=True),
        ),
    ]
