"""One worker that takes a mailbox in: poll, store, parse, match, file. Prints what it took, as JSON."""

import json
import os
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.profiles import profiled  # noqa: E402
from mailboxes import polling, receiving  # noqa: E402
from mailboxes.identifiers import identifier_key  # noqa: E402
from mailboxes.models import Conversation, Mailbox, Message, OutgoingMessage, SentIdentifier  # noqa: E402
from mailhub import clock  # noqa: E402
from mailhub.tenancy.scope import tenant_scope  # noqa: E402
from servers.models import IncomingServer  # noqa: E402
from tests.factories import make_incoming, make_mailbox, make_tenant  # noqa: E402


def main() -> None:
    order = json.loads(sys.argv[1])
    call_command("migrate", verbosity=0)
    mailbox = make_mailbox(make_tenant(), address=order["address"])
    make_incoming(mailbox, host="localhost", port=order["port"], username=order["address"], password=order["password"])
    with tenant_scope(mailbox.tenant_id):
        _remember_sent(mailbox, order["answered"])
        if not order["is_profiled"]:
            print(json.dumps(_take_in(mailbox, order["count"])))
            return
        taken, shares = profiled(lambda: _take_in(mailbox, order["count"]))
        print(json.dumps({**taken, "shares": shares}))


def _remember_sent(mailbox: Mailbox, message_ids: list[str]) -> None:
    """What the replies answer: one conversation each, whose correspondents are those who will reply."""
    for message_id in message_ids:
        now = clock.now()
        conversation = Conversation.objects.create(
            tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=now, last_at=now
        )
        conversation.add_participants({f"customer{number}@customers.example" for number in range(500)})
        outgoing = OutgoingMessage.objects.create(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            conversation=conversation,
            message_id=message_id,
            from_address=mailbox.address,
            size=0,
            created_at=now,
        )
        SentIdentifier.objects.create(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            outgoing_message=outgoing,
            key=identifier_key(message_id),
            text=message_id,
        )


def _take_in(mailbox: Mailbox, count: int) -> dict[str, object]:
    began, cpu = time.monotonic(), time.process_time()
    rss_by_tenth: list[int] = []
    polling_seconds = 0.0
    while Message.objects.filter(state=Message.State.RECEIVED).count() < count:
        started = time.monotonic()
        IncomingServer.objects.update(next_poll_at=clock.now())
        for server in IncomingServer.objects.claim_due(clock.now()):
            assert server.poll_token is not None
            polling.poll(server.pk, server.poll_token, now=clock.now, stored=lambda _mailbox: None)
        polling_seconds += time.monotonic() - started
        rss_by_tenth.append(_rss_mb())
        while receiving.receive_waiting(mailbox.pk, now=clock.now):
            rss_by_tenth.append(_rss_mb())
        rss_by_tenth.append(_rss_mb())
    return {
        "seconds": time.monotonic() - began,
        "polling_seconds": polling_seconds,
        "cpu_seconds": time.process_time() - cpu,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rss_mb": rss_by_tenth,
        "messages": Message.objects.count(),
        "matched": Message.objects.filter(answers__isnull=False).count(),
        "conversations": Conversation.objects.count(),
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
    }


def _rss_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


main()
