"""The rows of the queue's world, made by the database itself: a statement for each table.

They are written as their product would have left them after three years: in the order of time, with ids of that time
(UUIDv7), and by a role that may put off what checks each row, because a million rows are checked in vain. Indexes are
built when their table is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

_TABLES = (
    "mailboxes_conversation",
    "mailboxes_message",
    "mailboxes_outgoingmessage",
    "mailboxes_delivery",
    "mailboxes_searchentry",
    "mailboxes_conversationread",
    "mailboxes_conversationtag",
)


def pool(rows: psycopg.Connection[Any], table: str, values: Iterable[Sequence[Any]]) -> None:
    """Keep texts and their vectors, numbered from 0, for as long as the connection lives."""
    rows.execute(_POOLS[table])
    with rows.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for value in values:
            copy.write_row(value)
    rows.execute(f"ANALYZE {table}")


def write(rows: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    """Fill the tables out of the pools; `rows` is a connection of a superuser that commits each statement."""
    # Rows that are right by their making need no look at the rows that they name.
    rows.execute("SET session_replication_role = replica")
    rows.execute("SET work_mem = '256MB'")
    indexes = _drop_indexes(rows)
    for statement in _STATEMENTS:
        # Statements without a parameter would keep their doubled per cent signs.
        rows.execute(statement, values)
    _build(rows.info.dsn, indexes)
    rows.execute("VACUUM ANALYZE")


def _drop_indexes(rows: psycopg.Connection[Any]) -> list[str]:
    """Drop the indexes that belong to no key; return how they were made, those that take longest first."""
    found = rows.execute(_INDEXES, [list(_TABLES)]).fetchall()
    for name, _made in found:
        rows.execute(f'DROP INDEX "{name}"')
    return sorted((made for _name, made in found), key=lambda made: "USING gin" not in made)


def _build(dsn: str, indexes: Sequence[str]) -> None:
    def build(made: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute(made)

    with ThreadPoolExecutor(2) as builders:
        list(builders.map(build, indexes))


_INDEXES = """SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)"""
_POOLS = {
    "body": "CREATE TEMPORARY TABLE body (n int PRIMARY KEY, text text, vector tsvector)",
    "subject": "CREATE TEMPORARY TABLE subject (n int PRIMARY KEY, text text, vector tsvector)",
    "person": "CREATE TEMPORARY TABLE person (n int PRIMARY KEY, name text, address text, sender tsvector, "
    "recipients tsvector)",
}
_STATEMENTS = (
    """CREATE FUNCTION pg_temp.id_of(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
       SELECT overlay(overlay(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') ||
       substr(replace(gen_random_uuid()::text, '-', ''), 13) PLACING '7' FROM 13 FOR 1) PLACING 'a' FROM 17 FOR 1)::uuid
       $$""",
    """CREATE TEMPORARY TABLE box AS SELECT row_number() OVER (ORDER BY m.name) - 1 AS n, m.id, s.id AS server
       FROM mailboxes_mailbox m JOIN servers_outgoingserver s ON s.mailbox_id = m.id WHERE m.tenant_id = %(tenant)s""",
    """CREATE TEMPORARY TABLE one_topic AS SELECT row_number() OVER () AS n, id FROM mailboxes_topic
       WHERE tenant_id = %(tenant)s""",
    """CREATE TEMPORARY TABLE one_tag AS SELECT row_number() OVER () AS n, id FROM mailboxes_tag
       WHERE tenant_id = %(tenant)s""",
    """CREATE TEMPORARY TABLE colleague AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM tenancy_membership
       WHERE tenant_id = %(tenant)s""",
    # Half of all mail goes to the first three mailboxes. A conversation began four days before its last message.
    """CREATE TEMPORARY TABLE talk AS SELECT i, pg_temp.id_of(last_at - interval '4 days') AS id, box, subject, person,
       last_at, r, q FROM (SELECT i,
       (CASE WHEN i %% 2 = 0 THEN i / 2 %% 3 ELSE i / 2 %% (SELECT count(*) FROM box) END)::int AS box,
       (random() * (%(subjects)s - 1))::int AS subject, (power(random(), 2) * (%(correspondents)s - 1))::int AS person,
       %(now)s::timestamptz - i * interval '15 minutes' AS last_at, random() AS r, random() AS q
       FROM generate_series(1, %(conversations)s) i) made""",
    """INSERT INTO mailboxes_conversation (id, tenant_id, mailbox_id, subject, status, correspondent_name,
       correspondent_address, snippet, message_count, created_at, last_at, last_received_at, topic_id, assignee_id,
       priority, has_attachment)
       SELECT t.id, %(tenant)s, b.id, s.text,
       CASE WHEN t.r < 0.03 THEN 'open' WHEN t.r < 0.05 THEN 'pending' WHEN t.r < 0.06 THEN 'snoozed'
       WHEN t.r < 0.10 THEN 'spam' ELSE 'closed' END,
       p.name, p.address, y.text, %(received)s + %(sent)s,
       t.last_at - interval '4 days', t.last_at, t.last_at,
       CASE WHEN t.q < 0.6 THEN o.id END, CASE WHEN t.q < 0.4 THEN c.id END,
       CASE WHEN t.q < 0.05 THEN 1 ELSE 0 END, t.q < 0.1
       FROM talk t JOIN box b ON b.n = t.box JOIN subject s ON s.n = t.subject JOIN person p ON p.n = t.person
       JOIN body y ON y.n = t.i %% %(bodies)s JOIN one_topic o ON o.n = 1 + t.i %% (SELECT count(*) FROM one_topic)
       JOIN colleague c ON c.n = 1 + t.i %% (SELECT count(*) FROM colleague) ORDER BY t.last_at""",
    """CREATE TEMPORARY TABLE letter AS SELECT pg_temp.id_of(at) AS id, made.* FROM (SELECT t.i, t.id AS talk,
       b.id AS mailbox, b.server, t.subject, t.person, (random() * (%(bodies)s - 1))::int AS body,
       k > %(received)s AS is_sent, k = 1 AND t.q < 0.1 AS has_file,
       t.last_at - (%(received)s + %(sent)s - k) * interval '19 hours' AS at
       FROM talk t JOIN box b ON b.n = t.box, generate_series(1, %(received)s + %(sent)s) k) made ORDER BY at""",
    "ANALYZE talk",
    "ANALYZE letter",
    """INSERT INTO mailboxes_message (id, tenant_id, mailbox_id, conversation_id, state, folder_role, raw_sha256, size,
       stored_at, received_at, message_id, message_id_key, from_name, from_address, reply_to, "to", cc, subject,
       in_reply_to, "references", auto_submitted, snippet, defects, evidence, evidence_identifier, trace, failure,
       attempt_count, is_searchable)
       SELECT l.id, %(tenant)s, l.mailbox, l.talk, 'received', 'inbox', md5(l.id::text) || md5(l.talk::text), 5000,
       l.at, l.at, l.id || '@customer.example', ('x' || substr(md5(l.id::text), 1, 16))::bit(64)::bigint, p.name,
       p.address, '[]', '[["", "support@harbor.example"]]', '[]', s.text, '', '', 'no', b.text, '[]', '', '', '[]', '',
       0, true
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body
       WHERE NOT is_sent ORDER BY l.at""",
    """INSERT INTO mailboxes_outgoingmessage (id, tenant_id, mailbox_id, server_id, conversation_id, origin, message_id,
       mail_from, from_name, from_address, "to", cc, subject, snippet, attachment_names, raw_sha256, size, created_at,
       is_confidential, is_searchable)
       SELECT l.id, %(tenant)s, l.mailbox, l.server, l.talk, 'person', l.id || '@harbor.example',
       'support@harbor.example', 'Harbor', 'support@harbor.example', jsonb_build_array(jsonb_build_array(p.name,
       p.address)), '[]', s.text, b.text, '[]', md5(l.id::text) || md5(l.talk::text), 5000, l.at, false, true
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body
       WHERE is_sent ORDER BY l.at""",
    """INSERT INTO mailboxes_delivery (id, tenant_id, outgoing_message_id, server_id, recipient, state, not_before,
       attempt_count, enhanced_status, reply_text, settled_at)
       SELECT pg_temp.id_of(l.at), %(tenant)s, l.id, l.server, p.address,
       CASE WHEN random() < 0.002 THEN 'failed' ELSE 'sent' END, l.at, 1, '', '250 OK', l.at
       FROM letter l JOIN person p ON p.n = l.person WHERE is_sent ORDER BY l.at""",
    # Each conversation has a number of its own, so that there are words that stand in one only.
    """INSERT INTO mailboxes_searchentry (id, tenant_id, mailbox_id, conversation_id, kind, at, has_attachment, vector)
       SELECT l.id, %(tenant)s, l.mailbox, l.talk, CASE WHEN is_sent THEN 'sent' ELSE 'received' END, l.at, l.has_file,
       s.vector || b.vector || CASE WHEN is_sent THEN p.recipients ELSE p.sender END ||
       format('''%%saref%%s''', %(tenant)s::int, l.i)::tsvector
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body
       ORDER BY l.at""",
    """INSERT INTO mailboxes_conversationread (id, tenant_id, conversation_id, membership_id, read_until)
       SELECT pg_temp.id_of(t.last_at), %(tenant)s, t.id, c.id, t.last_at FROM talk t, colleague c
       WHERE c.n <= 5 AND t.r * c.n < 0.9 AND t.i > 200 ORDER BY t.last_at""",
    """INSERT INTO mailboxes_conversationtag (id, tenant_id, conversation_id, tag_id)
       SELECT pg_temp.id_of(t.last_at), %(tenant)s, t.id, g.id FROM talk t
       JOIN one_tag g ON g.n = 1 + t.i %% (SELECT count(*) FROM one_tag) WHERE t.q > 0.7 ORDER BY t.last_at""",
)
