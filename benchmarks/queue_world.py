"""An account of 100,000 conversations with 500,000 messages in PostgreSQL: 12 mailboxes, 30 people, three years.

Words follow Zipf's law, as in a language: a few are in nearly every message, most are in one. Texts come from a pool
that the product's own code turned into vectors, and are put together by the database: minutes instead of an hour. What
a page shows of an opened conversation is sealed for those only that `Opened` names.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

from django.db import connection

from mailboxes.models import Conversation, Mailbox, MailboxAccess, Message, SearchEntry, Tag, Topic
from mailboxes.models.bodies import Body, seal_body
from mailboxes.searching.entries import Indexed
from mailboxes.searching.postgres import tsvector
from mailboxes.searching.words import words_of
from mailhub import clock
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import make_mailbox, make_outgoing, make_person, make_tenant

CONVERSATIONS = 100_000
# Of each conversation: three came in, two went out.
RECEIVED, SENT = 3, 2
MAILBOXES, PEOPLE, TOPICS, TAGS = 12, 30, 12, 20
VOCABULARY, BODIES, SUBJECTS, CORRESPONDENTS = 60_000, 8_000, 4_000, 5_000
OPENED = 60

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "al", "en", "or")]


@dataclass(frozen=True)
class World:
    """Who looks, and what for: words from the most common to one that is in a single conversation."""

    tenant: Tenant
    owner: Membership
    member_of_some: Membership
    member_of_one: Membership
    words: tuple[str, ...]


def word(rank: int) -> str:
    """Return the word of this rank; the first are the most common."""
    parts = []
    rank += len(_SYLLABLES)
    while rank:
        rank, last = divmod(rank, len(_SYLLABLES))
        parts.append(_SYLLABLES[last])
    return "".join(parts)


def fill() -> World:
    """Write everything into an empty database."""
    chance = random.Random(5)
    # An account beside it, so that rows of others are there to be passed over.
    make_mailbox(make_tenant("Neighbours"), "Neighbours")
    tenant = make_tenant("Harbor")
    mailboxes = [make_mailbox(tenant, f"Mailbox {number}") for number in range(MAILBOXES)]
    people = [make_person(tenant, Role.OWNER if number < 3 else Role.MEMBER) for number in range(PEOPLE)]
    now = clock.now()
    with tenant_scope(tenant.pk):
        _grant(tenant, mailboxes, people, chance)
        Tag.objects.bulk_create(Tag(tenant=tenant, name=f"tag {number}") for number in range(TAGS))
        Topic.objects.bulk_create(Topic(tenant=tenant, name=f"Topic {n}", created_at=now) for n in range(TOPICS))
    for mailbox in mailboxes:
        make_outgoing(mailbox)
    with unscoped("a benchmark fills its database"), connection.cursor() as cursor:
        _pools(cursor, tenant, chance)
        values: dict[str, Any] = {"tenant": tenant.pk, "conversations": CONVERSATIONS, "now": now, **_SIZES}
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
    with tenant_scope(tenant.pk):
        _seal(tenant)
    return world()


def world() -> World:
    """Return who looks at the world that is there."""
    tenant = Tenant.objects.get(name="Harbor")
    people = list(Membership.objects.filter(tenant=tenant).order_by("id"))
    words = tuple(word(rank) for rank in (3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000))
    return World(tenant, people[0], people[3], people[4], words)


def opened(world: World) -> list[Conversation]:
    """Return the conversations whose texts are there."""
    with tenant_scope(world.tenant.pk):
        wanted = Message.objects.filter(sealed_body__isnull=False).values("conversation")
        return list(Conversation.objects.filter(pk__in=wanted))


def open_everything(world: World) -> None:
    """Make every conversation open: the worst list of all."""
    with tenant_scope(world.tenant.pk):
        Conversation.objects.update(status=Conversation.Status.OPEN)
    with unscoped("a benchmark tidies up"), connection.cursor() as cursor:
        cursor.execute("ANALYZE mailboxes_conversation")


def _grant(tenant: Tenant, mailboxes: list[Mailbox], people: list[Membership], chance: random.Random) -> None:
    for number, person in enumerate(people[3:]):
        # One has a few of them, the next a single one, the others what comes.
        count = (3, 1)[number] if number < 2 else chance.randint(1, 8)
        MailboxAccess.objects.bulk_create(
            MailboxAccess(tenant=tenant, mailbox=mailbox, membership=person)
            for mailbox in (mailboxes[:count] if number < 2 else chance.sample(mailboxes, count))
        )


def _pools(cursor: Any, tenant: Tenant, chance: random.Random) -> None:
    """Write texts with their vectors into temporary tables, numbered from 0."""
    vocabulary = [word(rank) for rank in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))

    def text(count: int) -> str:
        return " ".join(chance.choices(vocabulary, cum_weights=weights, k=count))

    def vector(**fields: str) -> str:
        words = {name: words_of(value) for name, value in fields.items()}
        return tsvector(Indexed(entry=SearchEntry(tenant_id=tenant.pk), **words))

    bodies = [text(max(8, int(chance.lognormvariate(4.3, 0.8)))) for _number in range(BODIES)]
    subjects = [text(chance.randint(2, 7)).capitalize() for _number in range(SUBJECTS)]
    names = [text(2).title() for _number in range(CORRESPONDENTS)]
    addresses = [f"{name.lower().replace(' ', '.')}{n}@customer{n % 700}.example" for n, name in enumerate(names)]
    _copy(cursor, "body", ((n, one[:140], vector(body=one)) for n, one in enumerate(bodies)))
    _copy(cursor, "subject", ((n, one, vector(subject=one)) for n, one in enumerate(subjects)))
    people = enumerate(zip(names, addresses, strict=True))
    rows = (
        (n, name, address, vector(sender=f"{name} {address}"), vector(recipients=f"{name} {address}"))
        for n, (name, address) in people
    )
    _copy(cursor, "person", rows)


def _copy(cursor: Any, table: str, rows: Any) -> None:
    cursor.execute(_POOLS[table])
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _seal(tenant: Tenant) -> None:
    """Give texts to the messages of some conversations."""
    some = Conversation.objects.order_by("id").values("pk")[:OPENED]
    messages = list(Message.objects.filter(conversation__in=some))
    for message in messages:
        text = "\n".join([message.snippet, "", "> quoted", *["a line of what was written before"] * 20])
        message.sealed_body = seal_body(tenant.pk, message.pk, Body(text=text, html=""))
    Message.objects.bulk_update(messages, ["sealed_body"], batch_size=500)


_SIZES = {
    "received": RECEIVED,
    "sent": SENT,
    "bodies": BODIES,
    "subjects": SUBJECTS,
    "correspondents": CORRESPONDENTS,
}
_POOLS = {
    "body": "CREATE TEMPORARY TABLE body (n int PRIMARY KEY, text text, vector tsvector)",
    "subject": "CREATE TEMPORARY TABLE subject (n int PRIMARY KEY, text text, vector tsvector)",
    "person": "CREATE TEMPORARY TABLE person (n int PRIMARY KEY, name text, address text, sender tsvector, "
    "recipients tsvector)",
}
_STATEMENTS = (
    # Built once at the end instead of word by word.
    "DROP INDEX search_entry_words",
    """CREATE TEMPORARY TABLE box AS SELECT row_number() OVER (ORDER BY m.name) - 1 AS n, m.id, s.id AS server
       FROM mailboxes_mailbox m JOIN servers_outgoingserver s ON s.mailbox_id = m.id WHERE m.tenant_id = %(tenant)s""",
    """CREATE TEMPORARY TABLE one_topic AS SELECT row_number() OVER () AS n, id FROM mailboxes_topic""",
    """CREATE TEMPORARY TABLE one_tag AS SELECT row_number() OVER () AS n, id FROM mailboxes_tag""",
    """CREATE TEMPORARY TABLE colleague AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM tenancy_membership
       WHERE tenant_id = %(tenant)s""",
    # Half of all mail goes to the first three mailboxes; the newest conversation is the first.
    """CREATE TEMPORARY TABLE talk AS SELECT i, gen_random_uuid() AS id,
       (CASE WHEN i %% 2 = 0 THEN i / 2 %% 3 ELSE i / 2 %% (SELECT count(*) FROM box) END)::int AS box,
       (random() * (%(subjects)s - 1))::int AS subject, (power(random(), 2) * (%(correspondents)s - 1))::int AS person,
       %(now)s::timestamptz - i * interval '15 minutes' AS last_at, random() AS r, random() AS q
       FROM generate_series(1, %(conversations)s) i""",
    """INSERT INTO mailboxes_conversation (id, tenant_id, mailbox_id, subject, status, correspondent_name,
       correspondent_address, snippet, message_count, created_at, last_at, last_received_at, topic_id, assignee_id,
       priority, has_attachment)
       SELECT t.id, %(tenant)s, b.id, s.text,
       CASE WHEN t.r < 0.03 THEN 'open' WHEN t.r < 0.05 THEN 'pending' WHEN t.r < 0.06 THEN 'snoozed'
       WHEN t.r < 0.10 THEN 'spam' ELSE 'closed' END,
       p.name, p.address, (SELECT text FROM body WHERE n = t.i %% %(bodies)s), %(received)s + %(sent)s,
       t.last_at - interval '4 days', t.last_at, t.last_at,
       CASE WHEN t.q < 0.6 THEN (SELECT id FROM one_topic WHERE n = 1 + t.i %% 12) END,
       CASE WHEN t.q < 0.4 THEN (SELECT id FROM colleague WHERE n = 1 + t.i %% 30) END,
       CASE WHEN t.q < 0.05 THEN 1 ELSE 0 END, t.q < 0.1
       FROM talk t JOIN box b ON b.n = t.box JOIN subject s ON s.n = t.subject JOIN person p ON p.n = t.person""",
    """CREATE TEMPORARY TABLE letter AS SELECT gen_random_uuid() AS id, t.i, t.id AS talk, b.id AS mailbox, b.server,
       t.subject, t.person, (random() * (%(bodies)s - 1))::int AS body, k > %(received)s AS is_sent,
       k = 1 AND t.q < 0.1 AS has_file,
       t.last_at - (%(received)s + %(sent)s - k) * interval '19 hours' AS at
       FROM talk t JOIN box b ON b.n = t.box, generate_series(1, %(received)s + %(sent)s) k""",
    """INSERT INTO mailboxes_message (id, tenant_id, mailbox_id, conversation_id, state, folder_role, raw_sha256, size,
       stored_at, received_at, message_id, message_id_key, from_name, from_address, reply_to, "to", cc, subject,
       in_reply_to, "references", auto_submitted, snippet, defects, evidence, evidence_identifier, trace, failure,
       attempt_count, is_searchable)
       SELECT l.id, %(tenant)s, l.mailbox, l.talk, 'received', 'inbox', md5(l.id::text) || md5(l.talk::text), 5000,
       l.at, l.at, l.id || '@customer.example', ('x' || substr(md5(l.id::text), 1, 16))::bit(64)::bigint, p.name,
       p.address, '[]', '[["", "support@harbor.example"]]', '[]', s.text, '', '', 'no', b.text, '[]', '', '', '[]', '',
       0, true
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body
       WHERE NOT is_sent""",
    """INSERT INTO mailboxes_outgoingmessage (id, tenant_id, mailbox_id, server_id, conversation_id, origin, message_id,
       mail_from, from_name, from_address, "to", cc, subject, snippet, attachment_names, raw_sha256, size, created_at,
       is_confidential, is_searchable)
       SELECT l.id, %(tenant)s, l.mailbox, l.server, l.talk, 'person', l.id || '@harbor.example',
       'support@harbor.example', 'Harbor', 'support@harbor.example', jsonb_build_array(jsonb_build_array(p.name,
       p.address)), '[]', s.text, b.text, '[]', md5(l.id::text) || md5(l.talk::text), 5000, l.at, false, true
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body
       WHERE is_sent""",
    """INSERT INTO mailboxes_delivery (id, tenant_id, outgoing_message_id, server_id, recipient, state, not_before,
       attempt_count, enhanced_status, reply_text, settled_at)
       SELECT gen_random_uuid(), %(tenant)s, l.id, l.server, p.address,
       CASE WHEN random() < 0.002 THEN 'failed' ELSE 'sent' END, l.at, 1, '', '250 OK', l.at
       FROM letter l JOIN person p ON p.n = l.person WHERE is_sent""",
    # Each message has a number of its own, so that there are words that stand once only.
    """INSERT INTO mailboxes_searchentry (id, tenant_id, mailbox_id, conversation_id, kind, at, has_attachment, vector)
       SELECT l.id, %(tenant)s, l.mailbox, l.talk, CASE WHEN is_sent THEN 'sent' ELSE 'received' END, l.at, l.has_file,
       s.vector || b.vector || CASE WHEN is_sent THEN p.recipients ELSE p.sender END ||
       format('''%%saref%%s''', %(tenant)s::int, l.i)::tsvector
       FROM letter l JOIN person p ON p.n = l.person JOIN subject s ON s.n = l.subject JOIN body b ON b.n = l.body""",
    """INSERT INTO mailboxes_conversationread (id, tenant_id, conversation_id, membership_id, read_until)
       SELECT gen_random_uuid(), %(tenant)s, t.id, c.id, t.last_at FROM talk t, colleague c
       WHERE c.n <= 5 AND t.r * c.n < 0.9 AND t.i > 200""",
    """INSERT INTO mailboxes_conversationtag (id, tenant_id, conversation_id, tag_id)
       SELECT gen_random_uuid(), %(tenant)s, t.id, g.id FROM talk t JOIN one_tag g ON g.n = 1 + t.i %% 20
       WHERE t.q > 0.7""",
    "SET maintenance_work_mem = '512MB'",
    "CREATE INDEX search_entry_words ON mailboxes_searchentry USING gin (vector) WITH (fastupdate = off)",
    "ANALYZE",
)
