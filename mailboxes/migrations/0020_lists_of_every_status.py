"""Lists of every status are read by an index whatever they are narrowed by, and so are searches by date and for files.

Three indexes of single columns go: those that begin with the same column do their work.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def _make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX search_entry_words_with_file ON mailboxes_searchentry USING gin (vector) "
            "WITH (fastupdate = off) WHERE has_attachment"
        )


def _drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX search_entry_words_with_file")


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0019_mail_of_sequences")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["mailbox", "-last_at", "-id"],
                condition=Q(merged_into__isnull=True),
                name="conversation_newest_of_mailbox",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["assignee", "-last_at", "-id"],
                condition=Q(assignee__isnull=False, merged_into__isnull=True),
                name="conversation_newest_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["topic", "-last_at", "-id"],
                condition=Q(topic__isnull=False, merged_into__isnull=True),
                name="conversation_newest_of_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["topic", "mailbox"], condition=Q(topic__isnull=False), name="conversation_topic_in_mailbox"
            ),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="conversations",
                to="mailboxes.topic",
            ),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assigned_conversations",
                to="tenancy.membership",
            ),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(fields=["conversation", "at"], name="search_entry_of_conversation"),
        ),
        migrations.AlterField(
            model_name="searchentry",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="search_entries",
                to="mailboxes.conversation",
            ),
        ),
        migrations.RunPython(_make, _drop),
    ]
