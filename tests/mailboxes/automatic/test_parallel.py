"""Limits hold whatever happens at the same time, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from mailboxes.automatic import limits
from mailboxes.models import AutomaticMail, Mailbox, Message, OutgoingMessage
from mailboxes.openers import Opener
from mailboxes.receiving.deciding import decide
from mailboxes.receiving.reading import ReadMail, read
from mailboxes.receiving.window import Window
from mailhub.tenancy.scope import tenant_scope
from tests.factories import make_mailbox, make_outgoing, make_tenant
from tests.mailboxes.automatic.post import letter, store

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WORKERS = 8


@pytest.fixture(autouse=True)
def answering(settings: Settings) -> None:
    received = (
        "mailboxes.handlers.classify_mail",
        "mailboxes.handlers.match",
        "mailboxes.handlers.file_in_conversation",
        "tests.mailboxes.automatic.handlers.answer",
    )
    settings.PIPELINES = {**settings.PIPELINES, "received": received}


def test_of_fifty_triggers_of_one_sender_at_once_one_is_answered() -> None:
    mailbox = _mailbox()
    messages = _store(mailbox, lambda _number: "vera@visitors.example", 50)

    _decide_all_at_once(mailbox, messages)

    with tenant_scope(mailbox.tenant_id):
        assert OutgoingMessage.objects.count() == 1
        assert AutomaticMail.objects.exclude(suppressed_because="").count() == 49


def test_a_domain_gets_twenty_answers_when_forty_of_its_people_write_at_once_to_two_mailboxes() -> None:
    first = _mailbox()
    second = make_mailbox(first.tenant)
    make_outgoing(second)
    batches = [(box, _store(box, lambda n, box=box: f"p{n}.{box.pk}@peers.example", 20)) for box in (first, second)]  # type: ignore[misc]

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda batch: _decide_all_at_once(*batch), batches))

    with tenant_scope(first.tenant_id):
        assert OutgoingMessage.objects.count() == limits.MOST_TO_DOMAIN


def test_one_message_that_two_workers_decide_is_answered_once() -> None:
    mailbox = _mailbox()
    [message] = _store(mailbox, lambda _number: "vera@visitors.example", 1)

    _decide_all_at_once(mailbox, [message] * WORKERS)

    with tenant_scope(mailbox.tenant_id):
        assert OutgoingMessage.objects.count() == 1
        assert AutomaticMail.objects.count() == 1


def _mailbox() -> Mailbox:
    mailbox = make_mailbox(make_tenant())
    make_outgoing(mailbox)
    return mailbox


def _store(mailbox: Mailbox, sender: Callable[[int], str], count: int) -> list[Message]:
    with tenant_scope(mailbox.tenant_id):
        return [store(mailbox, letter(mailbox.address, sender(number), at=NOON), at=NOON) for number in range(count)]


def _decide_all_at_once(mailbox: Mailbox, messages: list[Message]) -> None:
    """Decide each message alone, as workers would that know nothing of each other, and without the mailbox's lease."""

    def work(message: Message) -> None:
        try:
            with tenant_scope(mailbox.tenant_id):
                reading = read(message.refreshed(), Opener(mailbox))
                assert isinstance(reading, ReadMail)
                received = decide(reading, Window.load(mailbox, [reading]), now=NOON)
                received.writes.make_ready()
                with transaction.atomic():
                    received.writes.write([received.message])
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(work, messages))
