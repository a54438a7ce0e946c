"""One connection that idles, with a server that the test plays."""

import socket
from collections.abc import Iterator

import pytest

from mailhub.lib.ids import new_id
from servers.imap import Idling
from servers.watching.connection import ConnectionLost, IdleConnection

LATER = 29 * 60.0


class Line:
    """A connection and the server's end of it."""

    def __init__(self, *, unread: bytes = b"") -> None:
        ours, self._theirs = socket.socketpair()
        ours.setblocking(False)
        self.connection = IdleConnection(new_id(), Idling(ours, unread, tag=b"AAAA1"), now=0.0)
        self._theirs.settimeout(5)

    def says(self, *lines: str, now: float = 1.0) -> bool:
        """Have the server say these lines; return whether the client noticed more messages."""
        self._theirs.sendall("".join(f"{line}\r\n" for line in lines).encode())
        return self.connection.read(now=now)

    def hears(self) -> str:
        return self._theirs.recv(1000).decode()

    def hangs_up(self) -> None:
        self._theirs.close()

    def close(self) -> None:
        self.connection.close()
        self._theirs.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_the_first_count_is_news_because_nobody_knows_what_was_before(line: Line) -> None:
    assert line.says("* 4 EXISTS")


@pytest.mark.parametrize(
    ("said", "is_news"),
    [
        (["* 5 EXISTS"], True),
        (["* 5 EXISTS", "* 1 RECENT"], True),
        (["* 5 exists"], True),
        (["* 4 EXISTS"], False),
        (["* 2 EXPUNGE"], False),
        (["* 2 EXPUNGE", "* 3 EXISTS"], False),
        (["* 2 EXPUNGE", "* 4 EXISTS"], True),
        (["* VANISHED 3:4", "* 3 EXISTS"], True),
        (["* 1 RECENT"], False),
        (["* 3 FETCH (FLAGS (\\Seen))"], False),
        (["* OK Still here"], False),
        (["* 99999999999 EXISTS"], False),
        (["", "nonsense", "* ", "*", "* EXISTS", "* -1 EXISTS", "+ whatever"], False),
    ],
)
def test_news_is_when_there_are_more_messages_than_before(line: Line, said: list[str], is_news: bool) -> None:
    line.says("* 4 EXISTS")

    assert line.says(*said) == is_news


def test_what_was_read_before_the_selector_knew_of_it_is_heard() -> None:
    line = Line(unread=b"* 4 EXI")

    assert line.says("STS")
    line.close()


def test_idle_is_given_anew_before_a_server_may_hang_up(line: Line) -> None:
    line.connection.keep_up(now=LATER)
    done = line.hears()
    line.says("AAAA1 OK IDLE completed", now=LATER)
    idle = line.hears()
    news = line.says("+ idling", "* 7 EXISTS", now=LATER)

    assert (done, idle, news) == ("DONE\r\n", "W1 IDLE\r\n", True)


def test_news_on_the_way_to_the_next_idle_is_heard(line: Line) -> None:
    line.connection.keep_up(now=LATER)

    assert line.says("* 7 EXISTS", "AAAA1 OK IDLE completed", now=LATER)


def test_idle_is_not_given_anew_too_early(line: Line) -> None:
    line.connection.keep_up(now=20 * 60)
    line.connection.leave()

    assert line.hears() == "DONE\r\nW0 LOGOUT\r\n"


@pytest.mark.parametrize(
    "said", ["AAAA1 OK IDLE completed", "AAAA1 BAD no more", "AAAA1 NO", "* BYE shutting down", "* bye"]
)
def test_a_server_that_ends_idle_by_itself_is_lost(line: Line, said: str) -> None:
    with pytest.raises(ConnectionLost):
        line.says(said)


def test_a_server_that_closes_is_lost(line: Line) -> None:
    line.hangs_up()

    with pytest.raises(ConnectionLost, match="closed the connection"):
        line.connection.read(now=1)


def test_a_server_that_refuses_the_next_idle_is_lost(line: Line) -> None:
    line.connection.keep_up(now=LATER)
    line.says("AAAA1 OK", now=LATER)

    with pytest.raises(ConnectionLost, match="no more of that"):
        line.says("W1 NO no more of that", now=LATER)


def test_a_server_that_does_not_answer_done_is_lost(line: Line) -> None:
    line.connection.keep_up(now=LATER)
    line.connection.keep_up(now=LATER + 20)

    with pytest.raises(ConnectionLost, match="did not answer"):
        line.connection.keep_up(now=LATER + 40)


def test_a_server_that_drips_a_line_is_lost(line: Line) -> None:
    line._theirs.sendall(b"* ")
    line.connection.read(now=1)

    with pytest.raises(ConnectionLost, match="finish its line"):
        line.connection.keep_up(now=40)


def test_a_server_that_keeps_us_awake_is_lost(line: Line) -> None:
    def call() -> None:
        for _ in range(5000):
            line.says("* 4 EXISTS", now=10)

    with pytest.raises(ConnectionLost, match="more in a minute"):
        call()


def test_a_server_that_talks_without_end_is_lost(line: Line) -> None:
    def talk() -> None:
        for _ in range(100):
            line.says(*["* 3 FETCH (FLAGS ())"] * 500, now=10)

    with pytest.raises(ConnectionLost, match="more in a minute"):
        talk()


def test_what_a_server_says_reaches_the_log_as_one_printable_line(line: Line) -> None:
    with pytest.raises(ConnectionLost) as caught:
        line.says("* BYE \x1b[31m" + "x" * 5000)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 500
