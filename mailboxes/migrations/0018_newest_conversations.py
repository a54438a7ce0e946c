"""The list of every status is read by an index too. Without one, a search sorts every conversation of the account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0017_search_reads_words")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["tenant", "-last_at", "-id"],
                condition=models.Q(merged_into__isnull=True),
                name="conversation_newest",
            ),
        ),
    ]
