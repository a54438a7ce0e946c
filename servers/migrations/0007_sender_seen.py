"""What was seen when somebody looked up SPF, DKIM and DMARC of an outgoing server is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("servers", "0006_archives_and_refused_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingserver",
            name="sender_amiss",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name="outgoingserver",
            name="sender_seen_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="outgoingserver",
            name="sender_seen_for",
            field=models.CharField(blank=True, editable=False, max_length=800),
        ),
    ]
