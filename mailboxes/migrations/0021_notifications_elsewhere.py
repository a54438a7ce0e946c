"""People are told of what happens outside of conversations too: of a sequence that paused by itself."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0020_lists_of_every_status"),
        ("tenancy", "0003_invitations"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="mailbox",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mailboxes.mailbox"
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="path",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="notification",
            name="subject",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="notification",
            name="words",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name="notification",
            name="conversation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="mailboxes.conversation",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assigned", "Assigned to me"),
                    ("replied", "Reply in a conversation of mine"),
                    ("mentioned", "Mentioned in a note"),
                    ("undelivered", "A message of mine could not be delivered"),
                    ("held", "A scheduled message of mine was held back"),
                    ("overdue", "A conversation of mine waits for too long"),
                    ("sequence_paused", "A sequence of mine paused by itself"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="notificationswitch",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assigned", "Assigned to me"),
                    ("replied", "Reply in a conversation of mine"),
                    ("mentioned", "Mentioned in a note"),
                    ("undelivered", "A message of mine could not be delivered"),
                    ("held", "A scheduled message of mine was held back"),
                    ("overdue", "A conversation of mine waits for too long"),
                    ("sequence_paused", "A sequence of mine paused by itself"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("conversation__isnull", False), models.Q(("path", ""), _negated=True), _connector="OR"
                ),
                name="notification_leads_somewhere",
            ),
        ),
    ]
