"""POP3 (RFC 1939): the only module that knows poplib."""

import base64
import contextlib
import io
import poplib
import re
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from servers import sasl
from servers.connection import MALFORMED, IncomingConnection, is_passing
from servers.endpoints import Endpoint, Protocol, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Cursor, Entry, Fetched, ListedFolder, Listing
from servers.wire import BudgetExceeded, Wire

# A POP3 listing is complete or worthless, so a maildrop beyond this is an error.
_LARGEST_MAILDROP = 100_000

# RFC 1939 says 512 octets; but what a server has to say may be longer than that.
_LONGEST_LINE = 8192

_LISTING_LINE_OCTETS = 256

# UIDL: one to 70 characters from "!" to "~" (RFC 1939 §7).
_UIDL = re.compile(rb"[!-~]{1,70}")

# Extended response codes of refusals that pass (RFC 2449 §8, RFC 3206).
_PASSING_CODES = ("[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]")

# What TOP may answer with: a header, and what servers send of the text all the same.
_HEAD_OCTETS = 512 * 1024

_LONG_ANSWER_END = (b".\r\n", b".\n")


class Pop3Inbox(IncomingConnection):
    """A POP3 maildrop. `remove` marks; `commit_removals` makes it final and ends the session."""

    protocol = Protocol.POP3

    def __init__(self, endpoint: Endpoint, sign_in: SignIn, *, deadline_seconds: float) -> None:
        super().__init__(endpoint, sign_in, deadline_seconds=deadline_seconds)
        self._opened_client: _Pop3 | None = None
        self._count = 0
        self._has_marked = False

    # The steps to an open maildrop

    def _greet(self) -> str | bytes:
        self._opened_client = _Pop3(self.wire, self.endpoint.host, self.endpoint.port)
        return self._client.getwelcome().removeprefix(b"+OK").strip()

    def _request_tls(self) -> None:
        if "STLS" not in self._client.capa():
            raise self._failure(
                Operation.TLS,
                FailureKind.PROTOCOL,
                "The server does not offer STLS (STARTTLS).",
                advice="Choose TLS and port 995, or ask the provider how the connection is encrypted.",
            )
        self._client.stls()

    def _authenticate(self) -> str | bytes:
        username = self._refuse_control_characters(self._sign_in.username, Operation.SIGN_IN)
        password = self._refuse_control_characters(self._sign_in.password.reveal(), Operation.SIGN_IN)
        if not f"{username}{password}".isascii() and "PLAIN" in self._client.capa().get("SASL", []):
            # USER and PASS are ASCII (RFC 1939 §3); SASL PLAIN is UTF-8 (RFC 5034, RFC 4616).
            answer = self._client.auth_plain(username, password)
        else:
            self._client.user(username)
            answer = self._client.pass_(password)
        return answer.removeprefix(b"+OK").strip()

    def _authenticate_with_token(self) -> str | bytes:
        bearer = self._bearer(self._client.capa().get("SASL", []))
        return self._client.auth_bearer(bearer).removeprefix(b"+OK").strip()

    def open_folder(self, name: str | None = None) -> str:
        """Count the messages: POP3 has a single folder, whatever it is called."""
        with self._doing(Operation.OPEN_FOLDER):
            self._count, _octets = self._client.stat()
            if not 0 <= self._count <= _LARGEST_MAILDROP:
                raise self._failure(
                    Operation.OPEN_FOLDER,
                    FailureKind.PROTOCOL,
                    f"The server says that it holds {self._count} messages; we list {_LARGEST_MAILDROP} at most.",
                    advice="Remove old messages from the server, or use IMAP.",
                )
        return f"Maildrop: {self._count} {'message' if self._count == 1 else 'messages'}"

    # The port

    def find_folders(self) -> list[ListedFolder]:
        """Return none: the maildrop is INBOX."""
        return []

    def cursor_at_end(self) -> Cursor | None:
        """Return none: POP3 has no cursor."""
        return None

    def list_new(self, after: Cursor | None, *, limit: int = _LARGEST_MAILDROP, since: date | None = None) -> Listing:
        """List everything: POP3 has no cursor and no dates."""
        with self._doing(Operation.LIST):
            self.wire.allow(2 * self._count * _LISTING_LINE_OCTETS)
            sizes = {number: int(size) for number, size in self._client.listing("LIST")}
            if any(not 1 <= number <= self._count or size < 0 for number, size in sizes.items()):
                raise ValueError("A number is out of range.")
            identities = self._identities()
        return Listing(
            0, [Entry(identities.get(number), size, number=number) for number, size in sorted(sizes.items())]
        )

    def list_between(self, after: int, before: int, *, since: date | None, limit: int = _LARGEST_MAILDROP) -> Listing:
        """Return nothing: POP3 has no UIDs."""
        return Listing(0)

    def heads(self, entries: Sequence[Entry]) -> dict[int, bytes]:
        """Ask with TOP, which is optional (RFC 1939 §7): what the server refuses is left out."""
        found = {}
        for entry in entries:
            with self._doing(Operation.LIST):
                self.wire.allow(_HEAD_OCTETS)
                head = self._client.head(entry.number)
            if head is None:
                break
            found[entry.number] = head
        return found

    def fetch(self, entries: Sequence[Entry]) -> Iterator[Fetched]:
        """Fetch with RETR."""
        for entry in entries:
            if entry.is_too_large:
                continue
            with self._doing(Operation.FETCH):
                # Sizes count line ends as the server likes, and stuffed dots are not counted at all (RFC 1939 §11).
                self.wire.allow(entry.size + min(entry.size, 8 * 1024 * 1024) + 4096)
                raw = self._client.retrieve(entry.number)
            yield Fetched(entry, raw)

    def remove(self, entries: Sequence[Entry]) -> list[Entry]:
        """Mark messages with DELE; return those that the server marked."""
        removed = []
        with self._doing(Operation.REMOVE):
            for entry in entries:
                self._has_marked = True
                if self._client.delete(entry.number):
                    removed.append(entry)
        return removed

    def commit_removals(self) -> None:
        """Say QUIT, upon which the server removes what was marked (RFC 1939 §6); the session is over."""
        with self._doing(Operation.REMOVE):
            self._client.quit()
        self._has_marked = False
        self._opened_client = None

    def close(self) -> None:
        """Say QUIT, unless that would commit removals that nobody asked for; then close."""
        if self._wire is None:
            return
        if self._opened_client is not None and not self._is_broken and not self._has_marked:
            self._wire.shorten_to(2)
            # Nothing is lost when the server fails to say goodbye.
            with contextlib.suppress(poplib.error_proto, OSError, BudgetExceeded, *MALFORMED):
                self._opened_client.quit()
        self._wire.close()

    # How it is done

    @property
    def _client(self) -> "_Pop3":
        assert self._opened_client is not None
        return self._opened_client

    def _identities(self) -> dict[int, str]:
        """Return the UIDL of each message; those that are malformed or not unique are left out (SECURITY B067)."""
        try:
            pairs = list(self._client.listing("UIDL"))
        except poplib.error_proto:
            return {}  # UIDL is optional (RFC 1939 §7).
        occurrences = Counter(uidl for _number, uidl in pairs)
        return {
            number: uidl.decode("ascii") for number, uidl in pairs if occurrences[uidl] == 1 and _UIDL.fullmatch(uidl)
        }

    def _is_answer(self, error: Exception) -> bool:
        return isinstance(error, poplib.error_proto) and _negative_answer(error) is not None

    def _refusal(self, error: Exception, operation: Operation) -> ServerFailure | None:
        if not isinstance(error, poplib.error_proto):
            return None
        answer = _negative_answer(error)
        if answer is None:
            return self._not_understood(operation)
        words = answer.removeprefix(b"-ERR").strip().decode("utf-8", "replace")
        if operation == Operation.SIGN_IN and self._sign_in.is_token:
            kind = _kind_of_refusal(words, operation)
            return self._refused_token(words or "-ERR", self._client.challenge, kind)
        return self._failure(operation, _kind_of_refusal(words, operation), words or "-ERR")


class _Pop3(poplib.POP3):
    """poplib on a guarded wire."""

    # Private to poplib, but the way to every command.
    _shortcmd: Callable[[str], bytes]

    def __init__(self, wire: Wire, host: str, port: int) -> None:
        self._wire = wire
        # Why a token was refused.
        self.challenge = sasl.Challenge()
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> Wire:
        return self._wire

    def stls(self, context: typing.Any = None) -> bytes:
        answer = self._shortcmd("STLS")
        self.file = self._wire.start_tls()
        return answer

    def auth_plain(self, username: str, password: str) -> bytes:
        """Sign in with SASL PLAIN (RFC 5034)."""
        self._shortcmd("AUTH PLAIN")
        return self._shortcmd(base64.b64encode(f"\0{username}\0{password}".encode()).decode("ascii"))

    def auth_bearer(self, bearer: sasl.Bearer) -> bytes:
        """Sign in with a token (RFC 5034); a challenge after it says why it is refused, and the refusal follows."""
        self._shortcmd(f"AUTH {bearer.mechanism}")
        answer = self._shortcmd(base64.b64encode(bearer.response).decode("ascii"))
        if answer.startswith(b"+OK"):
            return answer
        self.challenge = sasl.read_encoded_challenge(answer.removeprefix(b"+").strip().decode("ascii", "replace"))
        return self._shortcmd(base64.b64encode(bearer.after_refusal).decode("ascii"))

    def listing(self, command: str) -> Iterator[tuple[int, bytes]]:
        """Yield message number and value of each line that LIST or UIDL gives."""
        self._shortcmd(command)
        while (line := self._getline()[0]) != b".":
            number, _, value = line.strip().partition(b" ")
            yield int(number), value.strip()

    def retrieve(self, number: int) -> bytes:
        """Return message `number` octet by octet as stored: real mail has lines longer than poplib takes."""
        self._shortcmd(f"RETR {number}")
        return self._long_answer()

    def head(self, number: int) -> bytes | None:
        """Return the header of message `number`; None where the server refuses."""
        try:
            self._shortcmd(f"TOP {number} 0")
        except poplib.error_proto as error:
            if _negative_answer(error) is None:
                raise
            return None
        return self._long_answer()

    def _long_answer(self) -> bytes:
        message = io.BytesIO()
        at_line_start = True
        while True:
            piece = self.file.readline(_LONGEST_LINE)
            if not piece:
                raise ConnectionResetError("The server closed the connection.")
            if at_line_start and piece.startswith(b"."):
                if piece in _LONG_ANSWER_END:
                    return message.getvalue()
                piece = piece[1:]
            message.write(piece)
            at_line_start = piece.endswith(b"\n")

    def delete(self, number: int) -> bool:
        """Mark a message; False when the server does not."""
        try:
            self.dele(number)
        except poplib.error_proto as error:
            if isinstance(error.args[0], bytes) and error.args[0].startswith(b"-ERR"):
                return False
            raise
        return True

    def _getline(self) -> tuple[bytes, int]:
        self._wire.charge_line()
        line = self.file.readline(_LONGEST_LINE + 1)
        if not line:
            raise ConnectionResetError("The server closed the connection.")
        if len(line) > _LONGEST_LINE:
            raise BudgetExceeded("The server sent a line that is too long.")
        return line.rstrip(b"\r\n"), len(line)


def _negative_answer(error: poplib.error_proto) -> bytes | None:
    """Return the line that begins with -ERR; None when the server said something that is no answer at all."""
    answer = error.args[0] if error.args else b""
    return answer if isinstance(answer, bytes) and answer.startswith(b"-ERR") else None


def _kind_of_refusal(words: str, operation: Operation) -> FailureKind:
    if words.startswith(_PASSING_CODES) or is_passing(words):
        return FailureKind.TRANSIENT
    if operation == Operation.SIGN_IN:
        return FailureKind.SIGN_IN_REFUSED
    return FailureKind.TRANSIENT
