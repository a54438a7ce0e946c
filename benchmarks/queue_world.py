"""An account of 100,000 conversations with 500,000 messages in PostgreSQL: 12 mailboxes, 30 people, three years.

Words follow Zipf's law, as in a language: a few are in nearly every message, most are in one. Texts come from a pool
that the product's own code turned into vectors, and are put together by the database: minutes instead of an hour. What
a page shows of an opened conversation is sealed for those only that `Opened` names.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection

from benchmarks import queue_rows
from mailboxes.models import (
    Conversation,
    ConversationTag,
    Mailbox,
    MailboxAccess,
    Message,
    SearchEntry,
    Tag,
    Topic,
)
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
# What the account beside it has.
FEW = 100
_SIZES = {
    "conversations": CONVERSATIONS,
    "received": RECEIVED,
    "sent": SENT,
    "bodies": BODIES,
    "subjects": SUBJECTS,
    "correspondents": CORRESPONDENTS,
}

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


def fill(superuser_url: str) -> World:
    """Write everything into an empty database; most of it by the role that may do everything."""
    chance = random.Random(5)
    _neighbours()
    now = clock.now()
    tenant = _account("Harbor", chance)
    with tenant_scope(tenant.pk):
        mailboxes = list(Mailbox.objects.order_by("pk"))
    for mailbox in mailboxes:
        make_outgoing(mailbox)
    # Values go into the text of a statement: "CREATE TABLE AS" takes no parameters.
    with psycopg.connect(superuser_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as rows:
        _pools(rows, tenant, chance)
        queue_rows.write(rows, {"tenant": tenant.pk, "now": now, **_SIZES})
    with tenant_scope(tenant.pk):
        _seal(tenant)
    return world()


def world() -> World:
    """Return who looks at the world that is there."""
    tenant = Tenant.objects.get(name="Harbor")
    people = _people(tenant)
    words = tuple(word(rank) for rank in (3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000))
    return World(tenant, people[0], people[3], people[4], words)


def neighbour_of(person: Membership) -> Membership:
    """Return who is in the account with little mail what this person is in the large one."""
    place = [one.pk for one in _people(person.tenant)].index(person.pk)
    return _people(Tenant.objects.get(name="Neighbours"))[place]


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


def _people(tenant: Tenant) -> list[Membership]:
    return list(Membership.objects.filter(tenant=tenant).order_by("id"))


def _account(name: str, chance: random.Random) -> Tenant:
    """Add an account with its mailboxes, people, topics and tags, and without mail."""
    tenant = make_tenant(name)
    mailboxes = [make_mailbox(tenant, f"Mailbox {number}") for number in range(MAILBOXES)]
    people = [make_person(tenant, Role.OWNER if number < 3 else Role.MEMBER) for number in range(PEOPLE)]
    now = clock.now()
    with tenant_scope(tenant.pk):
        _grant(tenant, mailboxes, people, chance)
        Tag.objects.bulk_create(Tag(tenant=tenant, name=f"tag {number}") for number in range(TAGS))
        Topic.objects.bulk_create(Topic(tenant=tenant, name=f"Topic {n}", created_at=now) for n in range(TOPICS))
    return tenant


def _neighbours() -> None:
    """Add an account that differs from the large one in how much mail it has, and in nothing else.

    All of it is open, and most is in the first mailbox: the lists of its people are as long as a page, as those of the
    large account are, and their rows carry as many labels. What they take is what a list takes, however much there is.
    """
    tenant = _account("Neighbours", random.Random(5))
    people, now = _people(tenant), clock.now()
    with tenant_scope(tenant.pk):
        mailboxes, topics, tags = (
            list(Mailbox.objects.order_by("pk")),
            list(Topic.objects.all()),
            list(Tag.objects.all()),
        )
        conversations = Conversation.objects.bulk_create(
            Conversation(
                tenant=tenant,
                mailbox=mailboxes[0 if number % 10 < 6 else number % MAILBOXES],
                subject=f"{word(number).capitalize()} {word(number + 50)}",
                correspondent_name=word(number).title(),
                correspondent_address=f"{word(number)}@customer.example",
                snippet=" ".join(word(number + more) for more in range(20)),
                message_count=5,
                created_at=now,
                last_at=now - timedelta(minutes=number),
                last_received_at=now - timedelta(minutes=number),
                topic=topics[number % TOPICS] if number % 10 < 6 else None,
                assignee=people[number % PEOPLE] if number % 10 < 4 else None,
                has_attachment=number % 10 == 0,
            )
            for number in range(FEW)
        )
        ConversationTag.objects.bulk_create(
            ConversationTag(tenant=tenant, conversation=one, tag=tags[number % TAGS])
            for number, one in enumerate(conversations)
            if number % 10 > 6
        )


def _grant(tenant: Tenant, mailboxes: list[Mailbox], people: list[Membership], chance: random.Random) -> None:
    for number, person in enumerate(people[3:]):
        # One has a few of them, the next a single one, the others what comes.
        count = (3, 1)[number] if number < 2 else chance.randint(1, 8)
        MailboxAccess.objects.bulk_create(
            MailboxAccess(tenant=tenant, mailbox=mailbox, membership=person)
            for mailbox in (mailboxes[:count] if number < 2 else chance.sample(mailboxes, count))
        )


def _pools(rows: psycopg.Connection[Any], tenant: Tenant, chance: random.Random) -> None:
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
    queue_rows.pool(rows, "body", ((n, one[:140], vector(body=one)) for n, one in enumerate(bodies)))
    queue_rows.pool(rows, "subject", ((n, one, vector(subject=one)) for n, one in enumerate(subjects)))
    people = enumerate(zip(names, addresses, strict=True))
    vectors = (
        (n, name, address, vector(sender=f"{name} {address}"), vector(recipients=f"{name} {address}"))
        for n, (name, address) in people
    )
    queue_rows.pool(rows, "person", vectors)


def _seal(tenant: Tenant) -> None:
    """Give texts to the messages of some conversations."""
    some = Conversation.objects.order_by("id").values("pk")[:OPENED]
    messages = list(Message.objects.filter(conversation__in=some))
    for message in messages:
        text = "\n".join([message.snippet, "", "> quoted", *["a line of what was written before"] * 20])
        message.sealed_body = seal_body(tenant.pk, message.pk, Body(text=text, html=""))
    Message.objects.bulk_update(messages, ["sealed_body"], batch_size=500)
