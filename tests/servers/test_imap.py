"""IMAP against servers that are hostile, broken or merely unusual."""

import ssl
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import Endpoint, Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Cursor, Entry, Listing
from tests.servers.scripted import Answer, Conversation, imap, scripted_server, server_context

PASSWORD = "pw-CANARY-1"
SIGN_IN = SignIn("ada@example.com", Secret(PASSWORD))


def test_a_listing_has_uid_size_and_validity(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        listing = _list(server.endpoint())

    assert listing == Listing(7, [Entry("7", 4, uid=7)], uidnext=8)


def test_nothing_is_searched_when_uidnext_says_that_nothing_is_new(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        listing = _list(server.endpoint(), Cursor(7, 7))

    assert listing.entries == []
    assert b"SEARCH" not in server.heard


def test_the_last_message_is_not_listed_again_where_the_server_gives_no_uidnext(settings: Settings) -> None:
    examine: Answer = ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"]
    with scripted_server(imap({"EXAMINE": examine}), settings) as server:
        listing = _list(server.endpoint(), Cursor(7, 7))

    assert listing.entries == []


def test_without_uidvalidity_everything_is_listed_without_identity(settings: Settings) -> None:
    with scripted_server(imap({"EXAMINE": ["* 1 EXISTS", "{tag} OK done"]}), settings) as server:
        listing = _list(server.endpoint(), Cursor(7, 7))

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
        failure = _failure(server.endpoint(), lambda inbox: inbox.remove([Entry("7", 4, uid=7)]))

    assert failure.operation == Operation.REMOVE
    assert b"STORE" not in server.heard
    assert b"EXPUNGE" not in server.heard


def test_a_folder_that_is_read_only_is_said_to_be(settings: Settings) -> None:
    select: Answer = ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK [READ-ONLY] done"]
    with scripted_server(imap({"SELECT": select}), settings) as server:
        failure = _failure(server.endpoint(), lambda inbox: inbox.remove([Entry("7", 4, uid=7)]))

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
        failure = _failure(server.endpoint(), lambda inbox: inbox.list_new(None))
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
        failure = _failure(server.endpoint(), lambda inbox: list(inbox.fetch([Entry("7", 100, uid=7)])))

    assert failure.operation == Operation.FETCH
    assert failure.kind == FailureKind.PROTOCOL


def test_bye_in_the_middle_of_fetch_is_transient_and_in_the_words_of_the_server(settings: Settings) -> None:
    fetch: Answer = ["* BYE Going down for maintenance"]
    with scripted_server(imap({"UID FETCH": fetch}), settings) as server:
        failure = _failure(server.endpoint(), lambda inbox: list(inbox.fetch([Entry("7", 100, uid=7)])))

    assert failure.kind == FailureKind.TRANSIENT
    assert failure.words == "Going down for maintenance"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials", FailureKind.SIGN_IN_REFUSED),
        ("NO [UNAVAILABLE] User database is down", FailureKind.TRANSIENT),
        ("NO [ALERT] Too many simultaneous connections.", FailureKind.TRANSIENT),
        ("BAD User is authenticated but not connected.", FailureKind.TRANSIENT),
        ("BAD Syntax error", FailureKind.PROTOCOL),
        ("NO Your account is blocked", FailureKind.SIGN_IN_REFUSED),
    ],
)
def test_a_refused_sign_in_is_understood(settings: Settings, answer: str, kind: FailureKind) -> None:
    with scripted_server(imap({"LOGIN": ["{tag} " + answer]}), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.operation == Operation.SIGN_IN
    assert failure.kind == kind
    assert failure.words == answer.partition(" ")[2]


def test_a_password_that_the_server_repeats_is_masked(settings: Settings) -> None:
    login: Answer = [f"{{tag}} NO wrong password {PASSWORD} for you"]
    with scripted_server(imap({"LOGIN": login}), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.words == "wrong password •••• for you"
    assert _mentions(failure, PASSWORD) == []


def test_user_name_and_password_are_quoted(settings: Settings) -> None:
    sign_in = SignIn('ada "the first"', Secret("a\\b c"))
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), sign_in),
    ):
        pass

    assert b'LOGIN "ada \\"the first\\"" "a\\\\b c"\r\n' in server.heard


def test_a_password_beyond_ascii_goes_by_sasl_plain(settings: Settings) -> None:
    def authenticate(conversation: Conversation, tag: str) -> None:
        conversation.say("+ ")
        conversation.hear()
        conversation.say(f"{tag} OK signed in")

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=PLAIN", "{tag} OK done"],
        "AUTHENTICATE": authenticate,
    }
    with (
        scripted_server(imap(answers), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SignIn("ada", Secret("pässword"))),
    ):
        pass

    assert b"AGFkYQBww6Rzc3dvcmQ=\r\n" in server.heard
    assert b"LOGIN" not in server.heard


@pytest.mark.parametrize(
    ("sign_in", "folder"),
    [
        (SignIn("ada\r\nA9 DELETE INBOX", Secret("x")), "INBOX"),
        (SignIn("ada", Secret("x\r\nA9 DELETE INBOX")), "INBOX"),
        (SignIn("ada", Secret("x")), "INBOX\r\nA9 DELETE INBOX"),
    ],
)
def test_control_characters_never_reach_the_wire(settings: Settings, sign_in: SignIn, folder: str) -> None:
    with (
        scripted_server(imap(), settings) as server,
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, server.endpoint(), sign_in, folder=folder),
    ):
        pass

    assert caught.value.kind == FailureKind.PERMANENT
    assert b"DELETE" not in server.heard


# Encryption (SECURITY B069 to B074): not one octet of the password before it.


@pytest.mark.parametrize(
    ("greeting", "capability"),
    [
        ("* OK ready", "IMAP4rev1"),
        ("* PREAUTH signed in as somebody", "IMAP4rev1 STARTTLS"),
        ("* OK ready", "IMAP4rev1 STARTTLS"),  # the table answers STARTTLS with BAD
    ],
)
def test_stripped_starttls_ends_before_the_password(settings: Settings, greeting: str, capability: str) -> None:
    answers: dict[str, Answer] = {"CAPABILITY": [f"* CAPABILITY {capability}", "{tag} OK done"]}
    with scripted_server(imap(answers, greeting=greeting), settings) as server:
        failure = _failure(server.endpoint(Security.STARTTLS))

    assert failure.kind == FailureKind.PROTOCOL
    assert b"CANARY" not in server.heard
    assert b"LOGIN" not in server.heard


def test_an_answer_injected_before_the_encryption_is_refused(settings: Settings, tmp_path: Path) -> None:
    def starttls(conversation: Conversation, tag: str) -> None:
        conversation.send(f"{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n".encode())
        conversation.start_tls()

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK done"],
        "STARTTLS": starttls,
    }
    context = server_context(tmp_path, settings)
    with scripted_server(imap(answers), settings, context=context) as server:
        failure = _failure(server.endpoint(Security.STARTTLS))

    assert failure.operation == Operation.TLS
    assert b"CANARY" not in server.heard


def test_starttls_encrypts_before_the_password(settings: Settings, tmp_path: Path) -> None:
    def starttls(conversation: Conversation, tag: str) -> None:
        conversation.say(f"{tag} OK begin")
        conversation.start_tls()

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK done"],
        "STARTTLS": starttls,
    }
    context = server_context(tmp_path, settings)
    with scripted_server(imap(answers), settings, context=context) as server:
        listing = _list(server.endpoint(Security.STARTTLS))

    assert len(listing.entries) == 1
    assert server.heard.index(b"STARTTLS") < server.heard.index(b"LOGIN")


def test_logindisabled_ends_before_the_password(settings: Settings) -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN", "{tag} OK done"]
    }
    with scripted_server(imap(answers), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.operation == Operation.SIGN_IN
    assert b"CANARY" not in server.heard


def test_an_unknown_authority_is_a_certificate_failure(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings, is_trusted=False)
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        failure = _failure(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.CERTIFICATE
    assert "unable to get local issuer certificate" in failure.words


def test_a_certificate_for_another_name_is_a_certificate_failure(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings, names=("other.example",))
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"[::1]:{server.port}"]
        failure = _failure(server.endpoint(Security.TLS, host="localhost"))

    assert failure.kind == FailureKind.CERTIFICATE
    assert "localhost" in failure.words


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_before_1_2_is_refused(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        failure = _failure(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.PROTOCOL
    assert b"CANARY" not in server.heard


def test_a_plain_server_on_a_tls_port_is_told_apart(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        failure = _failure(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.PROTOCOL
    assert "STARTTLS" in failure.advice


def test_a_foreign_service_is_not_quoted(settings: Settings) -> None:
    """SECURITY B016."""

    def foreign(conversation: Conversation) -> None:
        conversation.say("SSH-2.0-SECRET-INTERNAL")
        conversation.hear_until_end()

    with scripted_server(foreign, settings) as server:
        failure = _failure(server.endpoint())

    assert failure.kind == FailureKind.PROTOCOL
    assert failure.operation == Operation.GREETING
    assert "SECRET" not in str(failure)


def _list(endpoint: Endpoint, after: Cursor | None = None) -> Listing:
    with open_inbox(Protocol.IMAP, endpoint, SIGN_IN, deadline_seconds=10) as inbox:
        return inbox.list_new(after)


def _failure(endpoint: Endpoint, action: Callable[..., object] = lambda inbox: None) -> ServerFailure:
    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, endpoint, SIGN_IN, deadline_seconds=10) as inbox,
    ):
        action(inbox)
    return caught.value


def _mentions(error: BaseException | None, canary: str) -> list[str]:
    """Return whatever a traceback of `error` would print and that holds the canary."""
    found = []
    while error is not None:
        found += [text for text in (repr(error), str(error)) if canary in text]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found
