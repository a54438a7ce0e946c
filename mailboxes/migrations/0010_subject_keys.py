"""Conversations are found again by their subject, where an answer quotes nothing."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from mailboxes.subjects import subject_key
from mailhub.tenancy.scope import unscoped

_BATCH = 500


def fill(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the key of the conversations that are there, the newest ids last, a portion at a time."""
    conversations = apps.get_model("mailboxes", "Conversation").objects.exclude(subject="").order_by("id")
    with unscoped("every conversation gets the key of its subject"):
        portion = list(conversations.only("id", "subject")[:_BATCH])
        while portion:
            for one in portion:
                one.subject_key = subject_key(one.subject)
            conversations.bulk_update(portion, ["subject_key"])
            portion = list(conversations.filter(id__gt=portion[-1].pk).only("id", "subject")[:_BATCH])


class Migration(migrations.Migration):
    # A portion at a time is committed, so that live data is not locked for long.
    atomic = False

    dependencies = [
        ("mailboxes", "0009_automatic_mail_limits"),
    ]

    operations = [
        migrations.AddField(model_name="conversation", name="subject_key", field=models.BigIntegerField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["mailbox", "subject_key", "-last_at"], name="conversation_by_subject"),
        ),
    ]
