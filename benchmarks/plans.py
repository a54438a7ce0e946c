"""The plans that PostgreSQL chooses for the hot look-ups, on large tables and under row-level security.

`python -m benchmarks.plans` fills a throw-away cluster with 1,000,000 sent identifiers, 300,000 messages,
300,000 deliveries (2,000 due), 100,000 conversations and 5,000 servers (200 due), and prints each plan.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

from tests.realservers import postgres

_FILL = (
    """INSERT INTO tenancy_tenant (public_id, name, is_platform, wrapped_key, created_at)
       SELECT gen_random_uuid(), 'T' || n, false, '\\x00', now() FROM generate_series(1, 100) n""",
    """INSERT INTO mailboxes_mailbox (id, tenant_id, name, address, kind, is_active, comments, created_at)
       SELECT gen_random_uuid(), t.id, 'M' || n, 'm@example.com', 'service', true, '', now()
       FROM tenancy_tenant t, generate_series(1, 50) n""",
    """INSERT INTO servers_incomingserver (id, tenant_id, mailbox_id, name, is_primary, protocol, host, port, security,
       username, copy_mail, is_active, comments, created_at, next_poll_at, poll_started, last_failure, failure_count)
       SELECT gen_random_uuid(), tenant_id, id, '', true, 'imap', 'imap.example.com', 993, 'tls', id::text, true, true,
       '', now(), now() + (CASE WHEN random() < 0.04 THEN -1 ELSE 1 END) * interval '1 hour', false, '', 0
       FROM mailboxes_mailbox""",
    """INSERT INTO servers_outgoingserver (id, tenant_id, mailbox_id, name, display_name, from_address, reply_to,
       envelope_from, host, port, security, authenticate, username, is_default, is_active, created_at, last_failure,
       failure_count, transport, sender_seen_for, sender_amiss)
       SELECT gen_random_uuid(), tenant_id, id, '', '', 'm@example.com', '', '', 'smtp.example.com', 587, 'starttls',
       true, 'u', true, true, now(), '', 0, 'smtp', '', '' FROM mailboxes_mailbox""",
    """INSERT INTO mailboxes_conversation (id, tenant_id, mailbox_id, subject, status, correspondent_name,
       correspondent_address, snippet, message_count, created_at, last_at, last_received_at)
       SELECT gen_random_uuid(), m.tenant_id, m.id, 's', CASE WHEN random() < 0.3 THEN 'open' ELSE 'closed' END, '',
       'c@example.com', '', 3, now(), now() - n * interval '1 minute', now() - n * interval '1 minute'
       FROM mailboxes_mailbox m, generate_series(1, 20) n""",
    """INSERT INTO mailboxes_outgoingmessage (id, tenant_id, mailbox_id, server_id, conversation_id, origin, message_id,
       mail_from, from_name, from_address, "to", cc, subject, snippet, attachment_names, raw_sha256, size, created_at,
       is_confidential)
       SELECT gen_random_uuid(), c.tenant_id, c.mailbox_id, s.id, c.id, 'person', gen_random_uuid()::text, '', '', '',
       '[]', '[]', '', '', '[]', md5(c.id::text || n), 1, now(), false
       FROM mailboxes_conversation c JOIN servers_outgoingserver s ON s.mailbox_id = c.mailbox_id,
       generate_series(1, 3) n""",
    """INSERT INTO mailboxes_sentidentifier (id, tenant_id, outgoing_message_id, mailbox_id, key, text, source)
       SELECT gen_random_uuid(), o.tenant_id, o.id, o.mailbox_id, (random() * 9e18)::bigint, o.message_id, 'ours'
       FROM mailboxes_outgoingmessage o, generate_series(1, 4) n LIMIT 1000000""",
    """INSERT INTO mailboxes_delivery (id, tenant_id, outgoing_message_id, server_id, recipient, state, not_before,
       attempt_count, enhanced_status, reply_text)
       SELECT gen_random_uuid(), tenant_id, id, server_id, 'c@example.com',
       CASE WHEN random() < 0.007 THEN 'queued' ELSE 'sent' END, now() - interval '1 minute', 1, '', ''
       FROM mailboxes_outgoingmessage""",
    """INSERT INTO mailboxes_message (id, tenant_id, mailbox_id, conversation_id, state, raw_sha256, size, stored_at,
       received_at, message_id, message_id_key, from_name, from_address, reply_to, "to", cc, subject, in_reply_to,
       "references", auto_submitted, snippet, defects, evidence, evidence_identifier, trace, failure, attempt_count)
       SELECT gen_random_uuid(), tenant_id, mailbox_id, id,
       CASE WHEN random() < 0.002 THEN 'stored' ELSE 'received' END,
       md5(id::text || n) || md5(n::text), 1, now(), now(), '', (random() * 9e18)::bigint, '', '', '[]', '[]', '[]', '',
       '', '', '', '', '[]', '', '', '[]', '', 0 FROM mailboxes_conversation, generate_series(1, 3) n""",
    "ANALYZE",
)


def main() -> None:
    """Start a cluster and run the second half in a process whose settings point there."""
    cluster = postgres.Postgres()
    cluster.start()
    try:
        environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        subprocess.run([sys.executable, "-m", "benchmarks.plans", "--inside"], env=environment, check=True)
    finally:
        cluster.stop()


def inside() -> None:
    """Fill the tables and print the plans."""
    import django  # noqa: PLC0415 (only here does DATABASE_URL point to the cluster)

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from mailhub.tenancy.scope import unscoped  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with unscoped("a benchmark fills every tenant"), connection.cursor() as cursor:
        for statement in _FILL:
            cursor.execute(statement)
        for name, query in _queries().items():
            print(f"\n== {name}")
            print(query())


def _queries() -> dict[str, Callable[[], str]]:
    from django.db.models import Q  # noqa: PLC0415
    from django.db.models.functions import Now  # noqa: PLC0415

    from mailboxes.models import Conversation, Delivery, DeliveryAttempt, Message, SentIdentifier  # noqa: PLC0415
    from mailhub import clock  # noqa: PLC0415
    from mailhub.tenancy.scope import tenant_scope  # noqa: PLC0415
    from servers.models import IncomingServer, OutgoingServer  # noqa: PLC0415

    now = clock.now()
    server = OutgoingServer.objects.order_by("id")[100]
    keys = list(SentIdentifier.objects.order_by("id").values_list("key", flat=True)[:200])
    conversation = Conversation.objects.filter(mailbox_id=server.mailbox_id)[0]
    free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=Now())

    def within(rows: Callable[[], str]) -> Callable[[], str]:
        def explain() -> str:
            with tenant_scope(server.tenant_id):
                return rows()

        return explain

    return {
        "servers that are due": lambda: (
            IncomingServer.objects.polled().filter(free, next_poll_at__lte=now).order_by("next_poll_at")[:500]
        ).explain(analyze=True, buffers=True),
        "deliveries that are due for a server": within(
            lambda: (
                Delivery.objects.filter(server=server)
                .due(now)
                .order_by("not_before", "id")[:100]
                .explain(analyze=True, buffers=True)
            )
        ),
        "the sweep: every delivery that is due": lambda: (
            Delivery.objects.due(now + timedelta(seconds=1)).order_by().values_list("tenant_id", "server_id").distinct()
        ).explain(analyze=True, buffers=True),
        "attempts whose worker died": lambda: DeliveryAttempt.objects.expired().explain(analyze=True, buffers=True),
        "sent identifiers quoted in a window": within(
            lambda: SentIdentifier.objects.filter(mailbox_id=server.mailbox_id, key__in=keys).explain(
                analyze=True, buffers=True
            )
        ),
        "received identifiers quoted in a window": within(
            lambda: Message.objects.filter(mailbox_id=server.mailbox_id, message_id_key__in=keys).explain(
                analyze=True, buffers=True
            )
        ),
        "messages that wait in a mailbox": within(
            lambda: (
                Message.objects.filter(mailbox_id=server.mailbox_id).waiting()[:50].explain(analyze=True, buffers=True)
            )
        ),
        "the sweep: every message that waits": lambda: (
            Message.objects.waiting().order_by().values_list("tenant_id", "mailbox_id").distinct()
        ).explain(analyze=True, buffers=True),
        "the queue of an account": within(
            lambda: (
                Conversation.objects.filter(status="open")
                .order_by("-last_at", "-id")[:51]
                .explain(analyze=True, buffers=True)
            )
        ),
        "the queue of a mailbox": within(
            lambda: (
                Conversation.objects.filter(mailbox_id=server.mailbox_id, status="open")
                .order_by("-last_at", "-id")[:51]
                .explain(analyze=True, buffers=True)
            )
        ),
        "messages of a conversation": within(
            lambda: conversation.messages.order_by("received_at").explain(analyze=True, buffers=True)
        ),
        "whether a stored content is named": within(
            lambda: Message.objects.filter(raw_sha256=conversation.messages.all()[0].raw_sha256).explain(
                analyze=True, buffers=True
            )
        ),
    }


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        main()
