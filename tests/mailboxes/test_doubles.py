"""The same mail by poll and by redirection stands in its conversation once (SPEC M14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from mailboxes.models import Conversation, Mailbox, Message, MessageOrigin
from mailboxes.openers import Opener
from mailboxes.receiving.deciding import decide
from mailboxes.receiving.reading import read_raw
from mailboxes.receiving.window import Window
from mailhub.tenancy.scope import tenant_scope
from servers.models import Folder, FolderRole, IncomingServer
from tests.factories import make_incoming, make_mailbox, make_tenant

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLL, DIRECT = Message.Arrival.POLL, Message.Arrival.DIRECT
# The fields of a mail, and its text.
FIELDS = {
    "From": "Ann <ann@customer.example>",
    "To": "support@acme.example",
    "Subject": "Delivery",
    "Date": "Mon, 2 Mar 2026 11:00:00 +0000",
    "Message-ID": "<1@customer.example>",
    "body": "When does it come?",
}


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    handlers = ("mailboxes.handlers.doubles.recognise_double",)
    settings.PIPELINES = {**settings.PIPELINES, "received": handlers}
    mailbox = make_mailbox(make_tenant())
    with tenant_scope(mailbox.tenant_id):
        yield mailbox


def test_what_was_fetched_and_then_redirected_is_hidden(mailbox: Mailbox) -> None:
    first = arrived(mailbox, POLL, trace="Received: from a by b")
    second = arrived(mailbox, DIRECT, trace="Received: from a by b by c")

    hidden = decided(second, after=first)

    assert hidden.state == Message.State.DOUBLE
    assert "from a server" in hidden.trace[-1]["did"]


def test_what_was_redirected_and_then_fetched_is_hidden(mailbox: Mailbox) -> None:
    first = arrived(mailbox, DIRECT)
    second = arrived(mailbox, POLL, trace="Received: from a by b")

    hidden = decided(second, after=first)

    assert hidden.state == Message.State.DOUBLE
    assert "at the direct address" in hidden.trace[-1]["did"]


@pytest.mark.parametrize("arrival", [POLL, DIRECT])
def test_a_second_delivery_by_the_same_way_is_shown(mailbox: Mailbox, arrival: Message.Arrival) -> None:
    first, second = arrived(mailbox, arrival), arrived(mailbox, arrival, trace="Received: again")

    assert decided(second, after=first).state == Message.State.RECEIVED


@pytest.mark.parametrize(
    "change",
    [
        {"From": "Eve <eve@stranger.example>"},
        {"Subject": "Delivery, please pay"},
        {"Date": "Mon, 2 Mar 2026 11:00:01 +0000"},
        {"To": "sales@acme.example"},
        {"Cc": "eve@stranger.example"},
        {"body": "Something else."},
    ],
)
def test_a_mail_that_only_quotes_the_message_id_is_shown(mailbox: Mailbox, change: dict[str, str]) -> None:
    first, second = arrived(mailbox, POLL), arrived(mailbox, DIRECT, changes=change)

    assert decided(second, after=first).state == Message.State.RECEIVED


def test_mail_without_a_message_id_is_shown(mailbox: Mailbox) -> None:
    without = {"Message-ID": ""}
    first, second = arrived(mailbox, POLL, changes=without), arrived(mailbox, DIRECT, changes=without)

    assert decided(second, after=first).state == Message.State.RECEIVED


def test_the_same_mail_from_two_servers_is_hidden_and_from_one_it_is_shown(mailbox: Mailbox) -> None:
    one, other = make_incoming(mailbox), make_incoming(mailbox, is_primary=False)
    first, again = arrived(mailbox, POLL, server=one), arrived(mailbox, POLL, server=one, trace="Received: again")
    elsewhere = arrived(mailbox, POLL, server=other, trace="Received: elsewhere")

    assert decided(again, after=first).state == Message.State.RECEIVED
    assert decided(elsewhere, after=first).state == Message.State.DOUBLE


@dataclass(frozen=True)
class Arrived:
    """A stored message and its octets."""

    message: Message
    raw: bytes


def arrived(
    mailbox: Mailbox,
    arrival: Message.Arrival,
    *,
    server: IncomingServer | None = None,
    trace: str = "",
    changes: Mapping[str, str] | None = None,
) -> Arrived:
    """Store a mail as it comes in by this way."""
    headers = {**FIELDS, **(changes or {})}
    body = headers.pop("body")
    lines = [*([trace] if trace else []), *(f"{name}: {text}" for name, text in headers.items() if text)]
    raw = "\r\n".join([*lines, "", body, ""]).encode()
    message = Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=f"{Message.objects.count():064}",
        size=len(raw),
        stored_at=NOW,
        received_at=NOW,
        arrived_by=arrival,
    )
    if server is not None:
        folder, _ = Folder.objects.get_or_create(
            tenant_id=mailbox.tenant_id, server=server, name="INBOX", defaults={"role": FolderRole.INBOX}
        )
        MessageOrigin.objects.create(
            tenant_id=mailbox.tenant_id,
            message=message,
            server=server,
            folder=folder,
            uidvalidity=1,
            identity=str(message.pk),
        )
    return Arrived(message, raw)


def decided(second: Arrived, *, after: Arrived) -> Message:
    """Let the handler look at a message when `after` stands in a conversation already."""
    mailbox = second.message.mailbox
    window = Window(mailbox=mailbox, own_addresses=frozenset())
    for one in (after, second):
        read = read_raw(one.message, one.raw, Opener(mailbox))
        received = decide(read, window, now=NOW)
        window.remember(one.message, Conversation(tenant_id=mailbox.tenant_id, mailbox=mailbox))
    return received.message
