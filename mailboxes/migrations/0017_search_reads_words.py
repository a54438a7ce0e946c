"""Lets PostgreSQL use the index of words, and keeps many words out of the rows.

Row-level security puts its condition before any other that could tell something about rows of others, and so keeps the
index of words from being used: whether a tsvector fits is such a question. Each word begins with the number of its
tenant (`mailboxes.searching.postgres`), so reading needs no condition; writing keeps its own.
"""

from typing import Any

from django.db import migrations


def _change(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE POLICY search_reads ON mailboxes_searchentry FOR SELECT USING (true)")
    # The many words of a long mail stand beside the rows: who looks for a common word reads many rows and no words.
    schema_editor.execute("ALTER TABLE mailboxes_searchentry SET (toast_tuple_target = 128)")


def _change_back(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("ALTER TABLE mailboxes_searchentry RESET (toast_tuple_target)")
    schema_editor.execute("DROP POLICY search_reads ON mailboxes_searchentry")


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0016_what_correspondents_open")]

    operations = [migrations.RunPython(_change, _change_back)]
