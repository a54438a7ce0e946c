"""IMAP and POP3 servers with a maildrop, made to break the rules in one way each."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.reliability.office import numbers
from tests.servers.scripted import Answer, Conversation, Script, imap, pop3


@dataclass
class ImapMaildrop:
    """An IMAP folder whose UIDs are 1, 2, 3 … however often it is opened."""

    raws: list[bytes]
    uidvalidity: int | None = 1
    # Sent along with each fetch, for a message that nobody asked for.
    unasked: bytes | None = None
    fetch_count: int = 0
    # UIDs whose bodies it refuses to give, and how it says so.
    refused: frozenset[int] = frozenset()
    refusal: str = "NO this message is damaged"

    def script(self, answers: Mapping[str, Answer] | None = None) -> Script:
        """Return the server; `answers` replace those of single commands."""
        return imap(
            {
                "EXAMINE": self._select,
                "SELECT": self._select,
                "UID SEARCH": self._search,
                "UID FETCH": self._fetch,
                "UID STORE": ["{tag} OK done"],
                "UID EXPUNGE": self._expunge,
                **(answers or {}),
            }
        )

    def numbers(self) -> list[int]:
        """Return which numbered mails it holds."""
        return numbers(self.raws)

    def _select(self, session: Conversation, tag: str) -> None:
        session.say(f"* {len(self.raws)} EXISTS")
        if self.uidvalidity is not None:
            session.say(f"* OK [UIDVALIDITY {self.uidvalidity}] .")
        session.say(f"* OK [UIDNEXT {len(self.raws) + 1}] .", f"{tag} OK done")

    def _search(self, session: Conversation, tag: str) -> None:
        session.say(f"* SEARCH {' '.join(str(uid) for uid in range(1, len(self.raws) + 1))}".rstrip())
        session.say(f"{tag} OK done")

    def _fetch(self, session: Conversation, tag: str) -> None:
        # Whether sizes or bodies are asked for, both may be told.
        self.fetch_count += 1
        if self.refused:
            self._fetch_asked(session, tag)
            return
        messages = dict(enumerate(self.raws, start=1))
        if self.unasked is not None:
            messages[99] = self.unasked
        for uid, raw in messages.items():
            session.send(b"* %d FETCH (UID %d RFC822.SIZE %d BODY[] {%d}\r\n" % (uid, uid, len(raw), len(raw)))
            session.send(raw + b")\r\n")
        session.say(f"{tag} OK done")

    def _fetch_asked(self, session: Conversation, tag: str) -> None:
        """Give what was asked for and no more, up to the first that is refused."""
        command = session.heard.rsplit(f"{tag} UID FETCH ".encode(), 1)[-1].split(b"\r\n")[0].decode()
        uids, _, items = command.partition(" ")
        for uid in _members(uids):
            raw = self.raws[uid - 1]
            if "BODY" not in items:
                session.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
                continue
            if uid in self.refused:
                session.say(f"{tag} {self.refusal}")
                return
            session.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(raw)) + raw + b")\r\n")
        session.say(f"{tag} OK done")

    def _expunge(self, session: Conversation, tag: str) -> None:
        self.raws.clear()
        session.say(f"{tag} OK done")


def _members(uids: str) -> list[int]:
    """Return what a set of UIDs names (RFC 3501 §9)."""
    found: list[int] = []
    for part in uids.split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


@dataclass
class Pop3Maildrop:
    """A POP3 maildrop; `uidls` None is a server without UIDL."""

    raws: list[bytes]
    uidls: list[str] | None
    is_silent_at_quit: bool = False
    is_deaf_to_dele: bool = False
    # Numbers of messages that RETR is refused for.
    refused: frozenset[int] = frozenset()

    def script(self) -> Script:
        """Return the server. One session at a time."""
        marked: set[int] = set()

        def each(values: list[str]) -> list[str | bytes]:
            return ["+OK", *(f"{number} {value}" for number, value in enumerate(values, start=1)), "."]

        def stat(session: Conversation, _line: str) -> None:
            marked.clear()
            session.say(f"+OK {len(self.raws)} {sum(map(len, self.raws))}")

        def uidl(session: Conversation, _line: str) -> None:
            session.say(*(["-ERR unknown"] if self.uidls is None else each(self.uidls[: len(self.raws)])))

        def retr(session: Conversation, line: str) -> None:
            if int(line.split()[1]) in self.refused:
                session.say("-ERR this message is damaged")
                return
            session.say("+OK")
            session.send(self.raws[int(line.split()[1]) - 1])
            session.say(".")

        def dele(session: Conversation, line: str) -> None:
            marked.add(int(line.split()[1]))
            session.say("+OK")

        def quit_(session: Conversation, _line: str) -> None:
            if not self.is_deaf_to_dele:
                self.raws = [raw for number, raw in enumerate(self.raws, start=1) if number not in marked]
            if not self.is_silent_at_quit:
                session.say("+OK bye")
            session.close()

        return pop3(
            {
                "STAT": stat,
                "LIST": lambda session, _line: session.say(*each([str(len(raw)) for raw in self.raws])),
                "UIDL": uidl,
                "RETR": retr,
                "DELE": dele,
                "QUIT": quit_,
            }
        )
