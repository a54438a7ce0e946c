"""What each database finds words with: an index of tsvectors on PostgreSQL, a table of its own engine on SQLite."""

from typing import Any

from django.db import migrations


def _make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        # Without a list of pending entries: a search would read it from end to end.
        schema_editor.execute(
            "CREATE INDEX search_entry_words ON mailboxes_searchentry USING gin (vector) WITH (fastupdate = off)"
        )
        return
    # `entry` is the id of the row in hexadecimal, found like a word when the row is removed.
    schema_editor.execute(
        "CREATE VIRTUAL TABLE mailboxes_searchwords USING fts5("
        "entry, sender, recipients, subject, body, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    )


def _drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX search_entry_words")
        return
    schema_editor.execute("DROP TABLE mailboxes_searchwords")


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0013_the_queue_and_writing")]

    operations = [migrations.RunPython(_make, _drop)]
