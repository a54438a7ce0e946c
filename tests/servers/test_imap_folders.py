"""Folders over IMAP: found, read from their end, searched and appended to."""

from datetime import date

import pytest
from pytest_django import Settings

from mailhub import clock
from servers.connecting import open_inbox
from servers.endpoints import Protocol
from servers.failures import ServerFailure
from servers.inbox import Cursor, WritableInbox
from tests.servers.imap_sessions import SIGN_IN
from tests.servers.scripted import Answer, imap, scripted_server

_SPECIAL: dict[str, Answer] = {
    "CAPABILITY": ["* CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE", "{tag} OK done"],
    "LIST": ['* LIST (\\Sent) "/" "Envoy&AOk-s"', '* LIST () NIL "42"', "{tag} OK done"],
}


def test_special_uses_are_asked_for_and_names_are_decoded(settings: Settings) -> None:
    with (
        scripted_server(imap(_SPECIAL), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        sent, number = inbox.find_folders()

    assert b'LIST "" "*" RETURN (SPECIAL-USE)' in server.heard
    assert (sent.name, sent.attributes, sent.delimiter) == ("Envoyés", frozenset({"\\sent"}), "/")
    assert (number.name, number.delimiter) == ("42", "")


@pytest.mark.parametrize(
    ("examine", "end"),
    [
        (["* 3 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 9] .", "{tag} OK done"], Cursor(7, 8)),
        (["* 0 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"], Cursor(7, 0)),
        (["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "{tag} OK done"], Cursor(7, 7)),
        (["* 3 EXISTS", "* OK [UIDNEXT 9] .", "{tag} OK done"], None),
    ],
    ids=["with UIDNEXT", "empty", "without UIDNEXT", "without UIDVALIDITY"],
)
def test_the_cursor_at_the_end_is_behind_everything(settings: Settings, examine: Answer, end: Cursor | None) -> None:
    with (
        scripted_server(imap({"EXAMINE": examine}), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        assert inbox.cursor_at_end() == end


def test_since_leaves_out_what_is_older(settings: Settings) -> None:
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        inbox.list_new(None, since=date(2026, 3, 2))

    assert b"UID SEARCH UID 1:* SINCE 02-Mar-2026\r\n" in server.heard


@pytest.mark.parametrize("identifier", ["x\r\nA9 DELETE INBOX", 'x"\r\nX1 STORE 1 +FLAGS (\\Deleted)@example.com'])
def test_an_identifier_that_would_end_the_command_never_reaches_the_wire(settings: Settings, identifier: str) -> None:
    """SECURITY B041, B042."""
    with (
        scripted_server(imap(), settings) as server,
        pytest.raises(ServerFailure),
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        _writable(inbox).holds(identifier)

    assert b"DELETE" not in server.heard
    assert b"STORE" not in server.heard


def test_quotes_in_an_identifier_are_escaped(settings: Settings) -> None:
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        _writable(inbox).holds('a"b\\c{3}@example.com')

    assert b'UID SEARCH HEADER Message-ID "<a\\"b\\\\c{3}@example.com>"\r\n' in server.heard


def test_a_refused_append_leaves_the_session_usable(settings: Settings) -> None:
    def refuse(conversation: object, tag: str) -> None:
        conversation.say(f"{tag} NO [OVERQUOTA] Full")  # type: ignore[attr-defined]

    with (
        scripted_server(imap({"APPEND": refuse}), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SIGN_IN) as inbox,
    ):
        with pytest.raises(ServerFailure) as caught:
            _writable(inbox).append("Sent", b"Subject: x\r\n\r\n", internaldate=clock.now())

        assert "OVERQUOTA" in caught.value.words
        assert inbox.is_usable


def _writable(inbox: object) -> WritableInbox:
    assert isinstance(inbox, WritableInbox)
    return inbox
