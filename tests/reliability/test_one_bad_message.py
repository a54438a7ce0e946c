"""One message that cannot be read, at any position of a fetch of 100: the other 99 arrive (PEERS: newest mail lost)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from mailboxes import polling, receiving
from mailboxes.models import Conversation, Message
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import Folder, IncomingServer, ServerError
from tests.reliability.handlers import POISON
from tests.reliability.maildrops import ImapMaildrop, Pop3Maildrop
from tests.reliability.office import Office, StoredNumbers, end_receive_lease, lease, make_office, numbered_mail
from tests.reliability.workers import Runner
from tests.servers.scripted import scripted_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]

_State = Message.State
_TOO_DEEP = 60
# A window has 50 messages: its first and last, those on both sides of the border, and several at once.
_AT = [
    pytest.param({1}, id="first"),
    pytest.param({50, 51}, id="around the border of two windows"),
    pytest.param({100}, id="last"),
    pytest.param({1, 2, 38, 99, 100}, id="several"),
]


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


@pytest.mark.parametrize(
    ("refusal", "bad"),
    [*(pytest.param("NO this message is damaged", *one.values, id=str(one.id)) for one in _AT), ("BAD oh", {38})],
)
def test_a_message_that_an_imap_server_refuses_to_give(
    office: Office, settings: Settings, refusal: str, bad: set[int]
) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(number) for number in range(1, 101)])
    maildrop.refused, maildrop.refusal = frozenset(bad), refusal
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)

        _poll(incoming)
        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [number for number in range(1, 101) if number not in bad]
        incoming.refresh_from_db()
        assert incoming.failure_count == 0
        assert ServerError.objects.get().count == len(bad)

        maildrop.refused = frozenset({0})
        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == list(range(1, 101))
        assert Folder.objects.get().refused == {}


def test_a_message_that_is_refused_alone_keeps_nothing_back(office: Office, settings: Settings) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1)], refused=frozenset({1}))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)
        maildrop.raws.append(numbered_mail(2))

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [2]


def test_what_is_refused_for_days_is_asked_for_no_more_and_a_person_reads_it(
    office: Office, settings: Settings
) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(1), numbered_mail(2)], refused=frozenset({1}))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)

        _poll(incoming, after=timedelta(days=4))

        assert Folder.objects.get().refused == {}
        newest = ServerError.objects.order_by("-last_at").first()
        assert newest is not None
        assert "refused to give message 1 of INBOX for 3 days" in newest.words


def test_a_server_that_gives_nothing_at_all_loses_nothing(office: Office, settings: Settings) -> None:
    maildrop = ImapMaildrop(raws=[numbered_mail(number) for number in range(1, 21)], refused=frozenset(range(1, 21)))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)
        incoming.refresh_from_db()
        assert incoming.failure_count == 1
        maildrop.refused = frozenset({0})

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == list(range(1, 21))


@pytest.mark.parametrize("bad", [{1}, {2, 50, 51, 100}], ids=str)
def test_a_message_that_a_pop3_server_refuses_to_give(office: Office, settings: Settings, bad: set[int]) -> None:
    raws = [numbered_mail(number) for number in range(1, 101)]
    maildrop = Pop3Maildrop(raws, [f"uidl-{number}" for number in range(1, 101)], refused=frozenset(bad))
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.POP3, copy_mail=True)

        _poll(incoming)

        assert StoredNumbers(office.mailbox).now() == [number for number in range(1, 101) if number not in bad]


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("unreadable", {1, 2, 38, 99, 100}),
        ("handler fails", {1}),
        ("handler fails", {2, 50, 51, 100}),
        ("database refuses its row", {100}),
        ("database refuses its row", {1, 50}),
    ],
)
def test_a_message_that_cannot_be_taken_in(office: Office, settings: Settings, bad: set[int], kind: str) -> None:
    handlers = {
        "handler fails": "tests.reliability.handlers.fail",
        "database refuses its row": "tests.mailboxes.receiving.handlers.fill_in_what_no_column_takes",
    }
    if kind in handlers:
        received = [*settings.PIPELINES["received"], handlers[kind]]
        settings.PIPELINES = {**settings.PIPELINES, "received": received}
    raws = [
        numbered_mail(number) if number not in bad else _poison(number, is_unreadable=kind == "unreadable")
        for number in range(1, 101)
    ]
    maildrop = ImapMaildrop(raws=raws)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)

    assert not receiving.receive_waiting(office.mailbox.pk, now=clock.now)

    assert Message.objects.filter(state=_State.RECEIVED).count() == 100 - len(bad)
    assert Conversation.objects.count() == 100 - len(bad)
    kept = Message.objects.filter(state=_State.UNREADABLE if kind == "unreadable" else _State.SET_ASIDE)
    assert kept.count() == len(bad)
    assert all(one.failure and POISON.encode() in one.raw() for one in kept)


def test_a_message_over_which_the_worker_dies(office: Office, settings: Settings, runner: Runner) -> None:
    bad = {50}
    raws = [numbered_mail(one) if one not in bad else _poison(one, is_unreadable=False) for one in range(1, 101)]
    maildrop = ImapMaildrop(raws=raws)
    with scripted_server(maildrop.script(), settings) as server:
        incoming = office.incoming_from(server.endpoint(), Protocol.IMAP, copy_mail=True)
        _poll(incoming)
    ids, handlers = (office.tenant.pk, office.mailbox.pk), ["tests.reliability.handlers.kill_the_worker"]

    for _ in range(3 * len(bad)):
        assert runner.is_killed("receive", *ids, handlers=handlers)
        end_receive_lease(office.mailbox)
    assert runner.run("receive", *ids, handlers=handlers) == 0

    assert Message.objects.filter(state=_State.RECEIVED).count() == 100 - len(bad)
    assert Message.objects.filter(state=_State.SET_ASIDE).count() == len(bad)


def _poll(incoming: IncomingServer, *, after: timedelta = timedelta()) -> None:
    now = lambda: clock.now() + after  # noqa: E731 (a clock)
    polling.poll(incoming.pk, lease(incoming), now=now, stored=lambda _mailbox: None)


def _poison(number: int, *, is_unreadable: bool) -> bytes:
    head = b"From: Ada <ada@customers.example>\r\nSubject: %s\r\nX-Number: %d\r\n" % (POISON.encode(), number)
    if not is_unreadable:
        return head + b"\r\nHello.\r\n"
    nested = (b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (one, one) for one in range(_TOO_DEEP))
    return head + b"".join(nested) + b"\r\nHello.\r\n"
