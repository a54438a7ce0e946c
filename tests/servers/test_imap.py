"""IMAP against servers that are hostile, broken or merely unusual."""

import time
import tracemalloc

import pytest
from pytest_django import Settings

from servers.connecting import open_inbox
from servers.endpoints import Protocol
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Cursor, Entry, Listing
from tests.servers.imap_sessions import SIGN_IN, failure_of, listing_of
from tests.servers.scripted import Answer, Conversation, imap, scripted_server


def test_a_listing_has_uid_size_and_validity(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        listing = listing_of(server.endpoint())

    assert listing == Listing(7, [Entry("7", 4, uid=7)], uidnext=8)


def test_nothing_is_searched_when_uidnext_says_that_nothing_is_new(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        listing = listing_of(server.endpoint(), Cursor(7, 7))

    assert listing.entries == []
    assert b"SEARCH" not in server.heard


def test_the_last_message_is_not_listed_again_where_the_server_gives_no_uidnext(settings: Settings) -> None:
    examine: Answer = ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"]
    with scripted_server(imap({"EXAMINE": examine}), settings) as server:
        listing = listing_of(server.endpoint(), Cursor(7, 7))

    assert listing.entries == []


def test_without_uidvalidity_everything_is_listed_without_identity(settings: Settings) -> None:
    with scripted_server(imap({"EXAMINE": ["* 1 EXISTS", "{tag} OK done"]}), settings) as server:
        listing = listing_of(server.endpoint(), Cursor(7, 7))

    assert listing == Listing(0, [Entry(None, 4, uid=7)])


def test_a_long_listing_is_cut_at_the_limit(settings: Settings) -> None:
    answers: dict[str, Answer] = {
        "EXAMINE": ["* 9 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"],
        "UID SEARCH": ["* SEARCH 9 3 5", "{tag} OK done"],
        "UID FETCH": ["* 1 FETCH (UID 3 RFC822.SIZE 30)", "* 2 FETCH (UID 5 RFC822.SIZE 50)", "{tag} OK done"],
    }
    with (
        scripted_server(imap(answers), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        listing = inbox.list_new(None, limit=2)

    assert [entry.uid for entry in listing.entries] == [3, 5]
    assert listing.has_more


@pytest.mark.parametrize(("limit", "search_count"), [(2, 1), (5000, 3)])
def test_a_huge_folder_is_searched_in_parts_until_the_limit(settings: Settings, limit: int, search_count: int) -> None:
    answers: dict[str, Answer] = {
        "EXAMINE": ["* 120000 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"],
        "UID SEARCH": ["* SEARCH 1 2 3", "{tag} OK done"],
    }
    with (
        scripted_server(imap(answers), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        listing = inbox.list_new(None, limit=limit)

    assert listing.has_more == (limit == 2)
    assert server.heard.count(b"UID SEARCH") == search_count
    assert b"UID SEARCH 1:50000 UID 1:*\r\n" in server.heard
    assert (b"UID SEARCH 100001:120000 UID 1:*\r\n" in server.heard) == (search_count == 3)


def test_answers_for_messages_that_were_not_asked_for_are_ignored(settings: Settings) -> None:
    fetch: Answer = [
        "* 1 FETCH (UID 99 BODY[] {4}",
        "evil)",
        "* 2 FETCH (FLAGS (\\Seen))",
        '* 3 FETCH (UID 7 INTERNALDATE "01-Feb-2026 10:00:00 +0100" BODY[] {6}',
        "a\r\nb\r\n)",
        "{tag} OK done",
    ]
    with (
        scripted_server(imap({"UID FETCH": fetch}), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        [fetched] = inbox.fetch([Entry("7", 6, uid=7)])

    assert fetched.raw == b"a\r\nb\r\n"
    assert fetched.internaldate is not None
    assert fetched.internaldate.isoformat() == "2026-02-01T10:00:00+01:00"


def test_a_message_that_is_too_large_is_not_fetched(settings: Settings) -> None:
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        fetched = list(inbox.fetch([Entry("7", 51 * 1024 * 1024, uid=7)]))

    assert fetched == []
    assert b"FETCH" not in server.heard


def test_only_the_body_is_asked_for_and_never_its_structure(settings: Settings) -> None:
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        list(inbox.fetch([Entry("7", 4, uid=7)]))

    assert b"UID FETCH 7 (INTERNALDATE BODY.PEEK[])" in server.heard
    assert b"BODYSTRUCTURE" not in server.heard


def test_removal_without_uidplus_leaves_messages_that_a_person_has_marked(settings: Settings) -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1", "{tag} OK done"],
        "UID SEARCH": ["* SEARCH 5", "{tag} OK done"],
    }
    with scripted_server(imap(answers), settings) as server:
        failure = failure_of(server.endpoint(), lambda inbox: inbox.remove([Entry("7", 4, uid=7)]))

    assert failure.operation == Operation.REMOVE
    assert b"STORE" not in server.heard
    assert b"EXPUNGE" not in server.heard


def test_a_folder_that_is_read_only_is_said_to_be(settings: Settings) -> None:
    select: Answer = ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK [READ-ONLY] done"]
    with scripted_server(imap({"SELECT": select}), settings) as server:
        failure = failure_of(server.endpoint(), lambda inbox: inbox.remove([Entry("7", 4, uid=7)]))

    assert failure.kind == FailureKind.PERMANENT
    assert "reading only" in failure.words


@pytest.mark.parametrize("capability", ["UIDPLUS", ""])
def test_removal_flags_and_expunges_and_returns_what_is_gone(settings: Settings, capability: str) -> None:
    expunge: Answer = ["* 1 EXPUNGE", "{tag} OK done"]
    answers: dict[str, Answer] = {
        "CAPABILITY": [f"* CAPABILITY IMAP4rev1 {capability}".rstrip(), "{tag} OK done"],
        "UID STORE": ["{tag} OK done"],
        "UID EXPUNGE": expunge,
        "EXPUNGE": expunge,
        "UID SEARCH": ["* SEARCH", "{tag} OK done"],
    }
    entry = Entry("7", 4, uid=7)
    with (
        scripted_server(imap(answers), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        removed = inbox.remove([entry])

    assert removed == [entry]
    assert b"UID STORE 7 +FLAGS.SILENT (\\Deleted)" in server.heard
    assert (b"UID EXPUNGE 7" in server.heard) == bool(capability)


def _one_octet_at_a_time(conversation: Conversation, tag: str) -> None:
    while True:
        conversation.send(b"*")
        time.sleep(0.2)


def _endless_untagged(conversation: Conversation, tag: str) -> None:
    while True:
        conversation.send(b"* OK still here\r\n" * 1000)


def _endless_names(conversation: Conversation, tag: str) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for a in letters:
        for b in letters:
            for c in letters:
                conversation.send("".join(f"* {a}{b}{c}{d} x\r\n" for d in letters).encode())


def _endless_line(conversation: Conversation, tag: str) -> None:
    conversation.send(b"* SEARCH")
    for _ in range(100):
        conversation.send(b" 1" * 100_000)


HOSTILE: dict[str, Answer] = {
    "literal of 10^11 octets": ["* 1 FETCH (UID 7 RFC822.SIZE {99999999999}", "x"],
    "endless untagged responses": _endless_untagged,
    "endless response names": _endless_names,
    "line without end": _endless_line,
    "nested lists": ["* 1 FETCH (UID 7 RFC822.SIZE " + "(" * 50_000, "{tag} OK done"],
    "uid 0": ["* SEARCH 0", "* 1 FETCH (UID 0 RFC822.SIZE 1)", "{tag} OK done"],
    "uid beyond 32 bits": ["* SEARCH 4294967296", "{tag} OK done"],
    "negative uid": ["* SEARCH -1", "{tag} OK done"],
    "uid of 5000 digits": ["* SEARCH " + "9" * 5000, "{tag} OK done"],
    "negative size": ["* 1 FETCH (UID 7 RFC822.SIZE -5)", "{tag} OK done"],
    "no text after OK": ["{tag} OK"],
    "binary noise": [b"\x00\xff\xfe\x80" * 100],
    "a tag that nobody gave": ["A9999 OK done"],
    "connection closed": lambda conversation, tag: conversation.close(),
}


IN_SEARCH = [("UID SEARCH", hostile) for hostile in HOSTILE if hostile not in {"nested lists", "negative size"}]


IN_FETCH = [("UID FETCH", hostile) for hostile in HOSTILE if "uid" not in hostile]


@pytest.mark.parametrize(("command", "hostile"), [*IN_SEARCH, *IN_FETCH])
def test_a_hostile_answer_ends_the_session_with_a_failure(settings: Settings, command: str, hostile: str) -> None:
    """SECURITY B059 to B063, B068."""
    tracemalloc.start()
    with scripted_server(imap({command: HOSTILE[hostile]}), settings) as server:
        failure = failure_of(server.endpoint(), lambda inbox: inbox.list_new(None))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert failure.operation == Operation.LIST
    assert failure.kind in {FailureKind.PROTOCOL, FailureKind.TRANSIENT}
    assert peak < 64 * 1024 * 1024


def test_one_octet_at_a_time_ends_at_the_deadline(settings: Settings) -> None:
    began = time.monotonic()
    with (
        scripted_server(imap({"UID SEARCH": _one_octet_at_a_time}), settings) as server,
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN, deadline_seconds=1.0) as inbox,
    ):
        inbox.list_new(None)

    assert caught.value.kind == FailureKind.TRANSIENT
    assert time.monotonic() - began < 5


def test_a_message_larger_than_announced_is_refused(settings: Settings) -> None:
    fetch: Answer = ["* 1 FETCH (UID 7 BODY[] {20000000}", b"x" * 20_000_000, ")", "{tag} OK done"]
    with scripted_server(imap({"UID FETCH": fetch}), settings) as server:
        failure = failure_of(server.endpoint(), lambda inbox: list(inbox.fetch([Entry("7", 100, uid=7)])))

    assert failure.operation == Operation.FETCH
    assert failure.kind == FailureKind.PROTOCOL


def test_bye_in_the_middle_of_fetch_is_transient_and_in_the_words_of_the_server(settings: Settings) -> None:
    fetch: Answer = ["* BYE Going down for maintenance"]
    with scripted_server(imap({"UID FETCH": fetch}), settings) as server:
        failure = failure_of(server.endpoint(), lambda inbox: list(inbox.fetch([Entry("7", 100, uid=7)])))

    assert failure.kind == FailureKind.TRANSIENT
    assert failure.words == "Going down for maintenance"
