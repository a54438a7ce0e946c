"""POP3 against servers that are hostile, broken or merely unusual."""

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
from servers.inbox import Entry
from tests.servers.scripted import Answer, Conversation, pop3, scripted_server, server_context

PASSWORD = "pw-CANARY-2"
SIGN_IN = SignIn("ada@example.com", Secret(PASSWORD))


@pytest.mark.parametrize(
    ("uidl", "identities"),
    [
        (["+OK", "1 abc", "2 def", "."], ["abc", "def"]),
        (["+OK", "1 same", "2 same", "."], [None, None]),
        (["+OK", "1 abc", "."], ["abc", None]),
        (["+OK", "1 abc", "2 " + "x" * 71, "."], ["abc", None]),
        (["+OK", "1 abc", "2 " + "x" * 1500, "."], ["abc", None]),
        (["+OK", "1 abc", b"2 \xff\x01", "."], ["abc", None]),
        (["+OK", "1 abc", "2", "."], ["abc", None]),
        (["-ERR no UIDL here"], [None, None]),
    ],
)
def test_a_uidl_that_names_nothing_for_sure_is_no_identity(
    settings: Settings, uidl: Answer, identities: list[str | None]
) -> None:
    """SECURITY B067."""
    answers: dict[str, Answer] = {"STAT": ["+OK 2 12"], "LIST": ["+OK", "1 6", "2 6", "."], "UIDL": uidl}
    with (
        scripted_server(pop3(answers), settings) as server,
        open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox,
    ):
        listing = inbox.list_new(None)

    assert [entry.identity for entry in listing.entries] == identities
    assert [entry.number for entry in listing.entries] == [1, 2]
    assert listing.uidvalidity == 0


def test_a_message_is_unstuffed_and_may_have_lines_of_any_length(settings: Settings) -> None:
    long_line = b"x" * 100_000
    answers: dict[str, Answer] = {"RETR": ["+OK", b"..dot", b"a.b", long_line, b"..", b"last", "."]}
    with (
        scripted_server(pop3(answers), settings) as server,
        open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox,
    ):
        [fetched] = inbox.fetch([Entry("abc", 100_020, number=1)])

    assert fetched.raw == b".dot\r\na.b\r\n" + long_line + b"\r\n.\r\nlast\r\n"


def test_a_dot_inside_a_long_line_does_not_end_the_message(settings: Settings) -> None:
    line = b"y" * 8192 + b"."  # a reader that cuts lines into pieces sees the dot first
    with (
        scripted_server(pop3({"RETR": ["+OK", line, "end", "."]}), settings) as server,
        open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox,
    ):
        [fetched] = inbox.fetch([Entry("abc", 8200, number=1)])

    assert fetched.raw == line + b"\r\nend\r\n"


def test_removals_are_committed_by_quit_only(settings: Settings) -> None:
    with scripted_server(pop3(), settings) as server:
        with open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox:
            inbox.remove([Entry("abc", 6, number=1)])
        without_commit = bytes(server.heard)
        with open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox:
            removed = inbox.remove([Entry("abc", 6, number=1)])
            inbox.commit_removals()

    assert b"DELE 1" in without_commit
    assert b"QUIT" not in without_commit
    assert server.heard.endswith(b"QUIT\r\n")
    assert len(removed) == 1


def test_a_message_that_the_server_does_not_delete_is_not_returned(settings: Settings) -> None:
    with (
        scripted_server(pop3({"DELE": ["-ERR locked"]}), settings) as server,
        open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN) as inbox,
    ):
        removed = inbox.remove([Entry("abc", 6, number=1)])

    assert removed == []


def test_a_failed_commit_is_reported(settings: Settings) -> None:
    def commit(inbox: object) -> None:
        inbox.remove([Entry("abc", 6, number=1)])  # type: ignore[attr-defined]
        inbox.commit_removals()  # type: ignore[attr-defined]

    with scripted_server(pop3({"QUIT": ["-ERR some deleted messages not removed"]}), settings) as server:
        failure = _failure(server.endpoint(), commit)

    assert failure.operation == Operation.REMOVE
    assert failure.words == "some deleted messages not removed"


def _endless(conversation: Conversation, line: str) -> None:
    conversation.say("+OK")
    while True:
        conversation.send(b"1 6\r\n" * 1000)


def _endless_line(conversation: Conversation, line: str) -> None:
    while True:
        conversation.send(b"+" * 65536)


def _one_octet_at_a_time(conversation: Conversation, line: str) -> None:
    while True:
        conversation.send(b"+")
        time.sleep(0.2)


@pytest.mark.parametrize(
    "answers",
    [
        {"LIST": _endless},
        {"UIDL": _endless},
        {"LIST": _endless_line},
        {"LIST": ["+OK", "1 " + "9" * 5000, "."]},
        {"LIST": ["+OK", "1 -6", "."]},
        {"LIST": ["+OK", "77 6", "."]},
        {"LIST": ["+OK", "", "."]},
        {"LIST": ["* OK what?"]},
        {"STAT": ["+OK"]},
        {"STAT": ["+OK 999999999999 1"]},
        {"STAT": lambda conversation, line: conversation.close()},
    ],
)
def test_a_hostile_answer_ends_the_session_with_a_failure(settings: Settings, answers: dict[str, Answer]) -> None:
    tracemalloc.start()
    with scripted_server(pop3(answers), settings) as server:
        failure = _failure(server.endpoint(), lambda inbox: inbox.list_new(None))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert failure.operation in {Operation.LIST, Operation.OPEN_FOLDER}
    assert failure.kind in {FailureKind.PROTOCOL, FailureKind.TRANSIENT}
    assert peak < 64 * 1024 * 1024


def test_a_message_larger_than_announced_is_refused(settings: Settings) -> None:
    with scripted_server(pop3({"RETR": _endless}), settings) as server:
        failure = _failure(server.endpoint(), lambda inbox: list(inbox.fetch([Entry("abc", 100, number=1)])))

    assert failure.operation == Operation.FETCH
    assert failure.kind == FailureKind.PROTOCOL


def test_one_octet_at_a_time_ends_at_the_deadline(settings: Settings) -> None:
    began = time.monotonic()
    with (
        scripted_server(pop3({"STAT": _one_octet_at_a_time}), settings) as server,
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.POP3, server.endpoint(), SIGN_IN, deadline_seconds=1.0),
    ):
        pass

    assert caught.value.kind == FailureKind.TRANSIENT
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("[AUTH] Authentication failed.", FailureKind.SIGN_IN_REFUSED),
        ("[IN-USE] Do you have another POP session running?", FailureKind.TRANSIENT),
        ("[SYS/TEMP] Come back later", FailureKind.TRANSIENT),
        ("maildrop already locked", FailureKind.TRANSIENT),
        ("account blocked", FailureKind.SIGN_IN_REFUSED),
    ],
)
def test_a_refused_sign_in_is_understood(settings: Settings, answer: str, kind: FailureKind) -> None:
    with scripted_server(pop3({"PASS": [f"-ERR {answer}"]}), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.operation == Operation.SIGN_IN
    assert failure.kind == kind
    assert failure.words == answer


def test_a_password_that_the_server_repeats_is_masked(settings: Settings) -> None:
    with scripted_server(pop3({"PASS": [f"-ERR {PASSWORD} is wrong"]}), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.words == "•••• is wrong"


def test_a_password_beyond_ascii_goes_by_sasl_plain(settings: Settings) -> None:
    def auth(conversation: Conversation, line: str) -> None:
        conversation.say("+ ")
        conversation.hear()
        conversation.say("+OK signed in")

    answers: dict[str, Answer] = {"CAPA": ["+OK", "SASL PLAIN LOGIN", "."], "AUTH": auth}
    with (
        scripted_server(pop3(answers), settings) as server,
        open_inbox(Protocol.POP3, server.endpoint(), SignIn("ada", Secret("pässword"))),
    ):
        pass

    assert b"AUTH PLAIN\r\nAGFkYQBww6Rzc3dvcmQ=\r\n" in server.heard


def test_stripped_stls_ends_before_the_password(settings: Settings) -> None:
    with scripted_server(pop3(), settings) as server:
        failure = _failure(server.endpoint(Security.STARTTLS))

    assert failure.kind == FailureKind.PROTOCOL
    assert b"CANARY" not in server.heard
    assert b"USER" not in server.heard


def test_an_answer_injected_before_the_encryption_is_refused(settings: Settings, tmp_path: Path) -> None:
    def stls(conversation: Conversation, line: str) -> None:
        conversation.send(b"+OK begin\r\n+OK injected\r\n")
        conversation.start_tls()

    answers: dict[str, Answer] = {"CAPA": ["+OK", "STLS", "."], "STLS": stls}
    context = server_context(tmp_path, settings)
    with scripted_server(pop3(answers), settings, context=context) as server:
        failure = _failure(server.endpoint(Security.STARTTLS))

    assert failure.operation == Operation.TLS
    assert b"CANARY" not in server.heard


def test_control_characters_never_reach_the_wire(settings: Settings) -> None:
    sign_in = SignIn("ada\r\nDELE 1", Secret("x"))
    with (
        scripted_server(pop3(), settings) as server,
        pytest.raises(ServerFailure),
        open_inbox(Protocol.POP3, server.endpoint(), sign_in),
    ):
        pass

    assert b"DELE" not in server.heard


def test_a_foreign_service_is_not_quoted(settings: Settings) -> None:
    with scripted_server(pop3(greeting="220 SECRET-INTERNAL FTP"), settings) as server:
        failure = _failure(server.endpoint())

    assert failure.kind == FailureKind.PROTOCOL
    assert "SECRET" not in str(failure)


def _failure(endpoint: Endpoint, action: Callable[..., object] = lambda inbox: None) -> ServerFailure:
    with (
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.POP3, endpoint, SIGN_IN, deadline_seconds=10) as inbox,
    ):
        action(inbox)
    return caught.value
