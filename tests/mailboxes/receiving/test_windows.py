"""A window of received mail is decided in memory and written at once; what goes wrong costs one message."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mailboxes import receiving
from mailboxes.models import Conversation, Mailbox, Message
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from tests.factories import make_mailbox, make_person, make_tenant
from tests.mailboxes.receiving.handlers import POISON

pytestmark = pytest.mark.django_db

_State = Message.State
_HANDLERS = "tests.mailboxes.receiving.handlers"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    tenant = make_tenant()
    make_person(tenant)
    mailbox = make_mailbox(tenant, address="support@acme.example")
    with tenant_scope(tenant.pk):
        yield mailbox


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize(
    ("handler", "words"),
    [("fill_in_what_no_column_takes", "IntegrityError"), ("prepare_what_fails", "There is no room for it.")],
)
def test_of_a_window_that_could_not_be_written_only_the_guilty_message_is_set_aside(
    mailbox: Mailbox, settings: Settings, handler: str, words: str, position: int
) -> None:
    _add_handler(settings, handler)
    subjects = [f"Number {number}" for number in range(6)]
    _wait(mailbox, *subjects[:position], POISON, *subjects[position:])

    assert not _receive(mailbox)

    guilty = Message.objects.get(state=_State.SET_ASIDE)
    assert words in guilty.failure
    assert POISON.encode() in guilty.raw()
    received = Message.objects.filter(state=_State.RECEIVED)
    assert sorted(received.values_list("subject", flat=True)) == subjects
    assert set(received.values_list("attempt_count", flat=True)) == {0}
    assert Conversation.objects.count() == 6


def test_a_message_whose_bytes_do_not_open_is_set_aside_at_once(mailbox: Mailbox) -> None:
    _wait(mailbox, "First", "Damaged", "Last")
    damaged = Message.objects.order_by("id")[1]
    file = Path(default_storage.path(blobs.name_of(mailbox.tenant_id, damaged.raw_sha256)))
    stored = file.read_bytes()
    file.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))

    assert not _receive(mailbox)

    set_aside = Message.objects.get(state=_State.SET_ASIDE)
    assert set_aside.pk == damaged.pk
    assert "SealBroken" in set_aside.failure
    assert sorted(Message.objects.filter(state=_State.RECEIVED).values_list("subject", flat=True)) == ["First", "Last"]


def test_a_window_whose_conversation_was_merged_meanwhile_is_decided_anew(mailbox: Mailbox, settings: Settings) -> None:
    _wait(mailbox, "Question", "Other")
    _receive(mailbox)
    _add_handler(settings, "merge_meanwhile", after="mailboxes.handlers.match")
    _wait(mailbox, "Re: Question", answers="Question")

    assert not _receive(mailbox)

    answer = Message.objects.get(subject="Re: Question")
    assert answer.state == _State.RECEIVED
    assert answer.attempt_count == 0
    assert answer.conversation == Conversation.objects.get(subject="Other")
    assert Conversation.objects.get(subject="Other").message_count == 3
    assert Conversation.objects.count() == 2


def test_the_number_of_statements_does_not_grow_with_the_window(mailbox: Mailbox) -> None:
    counts = []
    for count in (10, 50):
        _wait(mailbox, *(f"Of {count}: {number}" for number in range(count)))
        with CaptureQueriesContext(connection) as queries:
            _receive(mailbox)
        counts.append(len(queries))

    assert Message.objects.filter(state=_State.RECEIVED).count() == 60
    if connection.vendor == "sqlite":
        # It takes 999 parameters with one statement, so rows are written in some more.
        assert counts[1] <= 45
    else:
        assert counts[1] <= counts[0] <= 25


def _add_handler(settings: Settings, name: str, *, after: str | None = None) -> None:
    handlers = list(settings.PIPELINES["received"])
    handlers.insert(handlers.index(after) + 1 if after else len(handlers), f"{_HANDLERS}.{name}")
    settings.PIPELINES = {**settings.PIPELINES, "received": handlers}


def _receive(mailbox: Mailbox) -> bool:
    return receiving.receive_waiting(mailbox.pk, now=clock.now)


def _wait(mailbox: Mailbox, *subjects: str, answers: str = "") -> None:
    """Store mail, each from a customer of its own, and leave it to the pipeline."""
    now = clock.now()
    raws = [_mail(subject, answers) for subject in subjects]
    digests = blobs.put_all(mailbox.tenant_id, raws)
    Message.objects.bulk_create(
        [
            Message(
                tenant_id=mailbox.tenant_id,
                mailbox=mailbox,
                raw_sha256=digest,
                size=len(raw),
                stored_at=now,
                received_at=now,
            )
            for raw, digest in zip(raws, digests, strict=True)
        ]
    )


def _mail(subject: str, answers: str) -> bytes:
    sender = (answers or subject).lower().replace(" ", "-").replace(":", "")
    lines = [
        f"From: <{sender}@customers.example>",
        "To: support@acme.example",
        f"Subject: {subject}",
        f"Message-ID: <{subject.lower().replace(' ', '-').replace(':', '')}@customers.example>",
        *([f"In-Reply-To: <{answers.lower()}@customers.example>"] if answers else []),
        "",
        "Hello.",
        "",
    ]
    return "\r\n".join(lines).encode()
