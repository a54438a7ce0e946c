"""IMAP4rev1 (RFC 3501). Beside servers.imap_client no other module knows imapclient."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import imapclient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from mailhub.lib.egress import Socket
from servers.connection import MALFORMED, IncomingConnection, is_passing
from servers.endpoints import Endpoint, Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.imap_client import Client, Heard, text
from servers.inbox import Cursor, Entry, Fetched, ListedFolder, Listing, windows
from servers.wire import BudgetExceeded

# UID and UIDVALIDITY are nz-number (RFC 3501 §9).
_LARGEST_UID = 2**32 - 1

_LISTING_LIMIT = 5_000

# One answer to SEARCH is one line, and a line has a million octets at most.
_SEARCH_COUNT = 50_000

# What LIST may answer: ten thousand folders with long names.
_FOLDERS_OCTETS = 2 * 1024 * 1024

# UIDs named in one command: it stays below 8192 octets (RFC 7162 §4).
_UIDS_IN_COMMAND = 500

# Response codes of refusals that pass (RFC 5530; THROTTLED is Gmail's).
_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", "THROTTLED"})

_RESPONSE_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]\s*")


class ImapInbox(IncomingConnection):
    """An IMAP folder, opened read-only; no flag on the server changes except \\Deleted by `remove`."""

    protocol = Protocol.IMAP

    def __init__(self, endpoint: Endpoint, sign_in: SignIn, *, deadline_seconds: float, folder: str = "INBOX") -> None:
        super().__init__(endpoint, sign_in, deadline_seconds=deadline_seconds)
        self._folder = folder
        self._heard = Heard()
        self._opened_client: Client | None = None
        self._uidvalidity = 0
        self._uidnext = 0
        self._exists = 0

    # The steps to an open folder

    def _greet(self) -> str | bytes:
        self._opened_client = Client(self.wire, self.endpoint, self._heard)
        if self._client.is_preauthenticated:
            # Whoever greets so leaves no room for STARTTLS, and signed us in as somebody (SECURITY B070).
            raise self._failure(Operation.GREETING, FailureKind.PROTOCOL, "The server skips the sign-in (PREAUTH).")
        return self._client.welcome.removeprefix(b"* OK ")

    def _request_tls(self) -> None:
        if not self._client.offers("STARTTLS"):
            raise self._failure(
                Operation.TLS,
                FailureKind.PROTOCOL,
                "The server does not offer STARTTLS.",
                advice="Choose TLS and port 993, or ask the provider how the connection is encrypted.",
            )
        self._client.starttls()

    def _authenticate(self) -> str | bytes:
        username = self._refuse_control_characters(self._sign_in.username, Operation.SIGN_IN)
        password = self._refuse_control_characters(self._sign_in.password.reveal(), Operation.SIGN_IN)
        login_disabled = self._client.offers("LOGINDISABLED")
        if login_disabled and self.endpoint.security == Security.NONE:
            raise self._failure(
                Operation.SIGN_IN,
                FailureKind.PERMANENT,
                "The server accepts no sign-in over an unencrypted connection (LOGINDISABLED).",
                advice="Choose STARTTLS or TLS.",
            )
        # LOGIN takes one round trip, AUTHENTICATE two; but only the latter carries UTF-8 (RFC 4616).
        if not login_disabled and f"{username}{password}".isascii():
            answer = self._client.login(username, password)
        elif self._client.offers("AUTH=PLAIN"):
            answer = self._client.plain_login(username, password)
        else:
            raise self._failure(
                Operation.SIGN_IN,
                FailureKind.SIGN_IN_REFUSED,
                "The server offers no way to sign in with this password.",
                advice="The provider may want OAuth, or a password of ASCII characters only.",
            )
        return _RESPONSE_CODE.sub("", text(answer))

    def _authenticate_with_token(self) -> str | bytes:
        bearer = self._bearer(self._client.sign_in_mechanisms)
        return _RESPONSE_CODE.sub("", text(self._client.sign_in_with_token(bearer)))

    def open_folder(self, name: str | None = None) -> str:
        """Open the folder with EXAMINE, so that not even \\Recent changes."""
        self._folder = name or self._folder
        self._select(Operation.OPEN_FOLDER, read_only=True)
        return f"{self._folder}: {self._exists} {'message' if self._exists == 1 else 'messages'}"

    def _select(self, operation: Operation, *, read_only: bool) -> None:
        folder = self._refuse_control_characters(self._folder, operation)
        with self._doing(operation):
            answer = self._client.select_folder(folder, readonly=read_only)
            self._exists = _number(answer.get(b"EXISTS"), 0)
            self._uidnext = _number(answer.get(b"UIDNEXT"), 0)
            self._uidvalidity = _number(answer.get(b"UIDVALIDITY"), 0)

    # The port

    def find_folders(self) -> list[ListedFolder]:
        """List all folders with their special uses (RFC 6154)."""
        with self._doing(Operation.LIST):
            self.wire.allow(_FOLDERS_OCTETS)
            return [
                ListedFolder(name, frozenset(text(one).lower() for one in attributes), text(delimiter or ""))
                for attributes, delimiter, name in self._client.list_with_special_use()
            ]

    def cursor_at_end(self) -> Cursor | None:
        """Return the cursor behind all that the open folder holds; None where the server gives no UIDVALIDITY."""
        if not self._uidvalidity:
            return None
        if self._uidnext or not self._exists:
            return Cursor(self._uidvalidity, max(self._uidnext - 1, 0))
        with self._doing(Operation.LIST):
            return Cursor(self._uidvalidity, max(self._search("UID", "*"), default=0))

    def list_new(self, after: Cursor | None, *, limit: int = _LISTING_LIMIT, since: date | None = None) -> Listing:
        """List UIDs above the cursor, or all when UIDVALIDITY is another one.

        Without UIDVALIDITY nothing can be told from a UID: everything is listed, and goes by content (SECURITY B065).
        """
        has_identity = self._uidvalidity > 0
        known = after.last_uid if after and has_identity and after.uidvalidity == self._uidvalidity else 0
        with self._doing(Operation.LIST):
            uids = self._uids_after(known, limit if has_identity else self._exists, since=since)
            has_more = has_identity and len(uids) > limit
            if has_more:
                uids = uids[:limit]
            entries = [Entry(str(uid) if has_identity else None, size, uid=uid) for uid, size in self._sizes_of(uids)]
        return Listing(self._uidvalidity, entries, self._uidnext, has_more)

    def list_between(self, after: int, before: int, *, since: date | None, limit: int = _LISTING_LIMIT) -> Listing:
        """List UIDs above `after` and below `before`; `total` says how many there are, beyond the limit too."""
        with self._doing(Operation.LIST):
            uids = [uid for uid in self._uids_after(after, self._exists, since=since) if uid < before]
            entries = [Entry(str(uid), size, uid=uid) for uid, size in self._sizes_of(uids[:limit])]
        return Listing(self._uidvalidity, entries, self._uidnext, len(uids) > limit, len(uids))

    def heads(self, entries: Sequence[Entry]) -> dict[int, bytes]:
        """Return none: IMAP knows the day of each message without them."""
        return {}

    def fetch(self, entries: Sequence[Entry]) -> Iterator[Fetched]:
        """Fetch with BODY.PEEK[]; answers for messages that were not asked for are ignored (SECURITY B064)."""
        for window in windows([entry for entry in entries if not entry.is_too_large]):
            with self._doing(Operation.FETCH):
                fetched = self._fetch_window(window)
            yield from fetched

    def remove(self, entries: Sequence[Entry]) -> list[Entry]:
        """Flag as \\Deleted and expunge these messages and no others.

        Without UIDPLUS, EXPUNGE takes all that carry \\Deleted; when a person's own are among them, nothing is done.
        """
        by_uid = {entry.uid: entry for entry in entries}
        if not by_uid:
            return []
        uidvalidity = self._uidvalidity
        self._select(Operation.REMOVE, read_only=False)
        with self._doing(Operation.REMOVE):
            if self._uidvalidity != uidvalidity:
                raise self._failure(Operation.REMOVE, FailureKind.TRANSIENT, "UIDVALIDITY has changed meanwhile.")
            for uids in _chunks(list(by_uid)):
                self._expunge(uids)
            left = {uid for uids in _chunks(list(by_uid)) for uid in self._search("UID", _uid_set(uids))}
        return [entry for uid, entry in by_uid.items() if uid not in left]

    def commit_removals(self) -> None:
        """Do nothing: EXPUNGE has done it."""

    def holds(self, message_id: str) -> bool:
        """Ask with SEARCH HEADER; the identifier is quoted, and refused where it would end the command (B042)."""
        identifier = self._refuse_control_characters(message_id, Operation.APPEND)
        with self._doing(Operation.APPEND):
            if not identifier.isascii():
                return bool(self._client.search(["HEADER", "Message-ID", f"<{identifier}>"], "UTF-8"))
            escaped = identifier.replace("\\", "\\\\").replace('"', '\\"')
            return bool(self._client.search(f'HEADER Message-ID "<{escaped}>"'))

    def append(self, folder: str, raw: bytes, *, internaldate: datetime) -> None:
        """Put a message into a folder with APPEND, marked as read."""
        name = self._refuse_control_characters(folder, Operation.APPEND)
        with self._doing(Operation.APPEND):
            self._client.append(name, raw, (imapclient.SEEN,), internaldate)

    def create_folder(self, name: str) -> None:
        """Create and subscribe a folder."""
        folder = self._refuse_control_characters(name, Operation.APPEND)
        with self._doing(Operation.APPEND):
            self._client.create_folder(folder)
            self._client.subscribe_folder(folder)

    def offers_idle(self) -> bool:
        """Tell whether the server has IDLE (RFC 2177); asked after sign-in, because many say so only then."""
        with self._doing(Operation.OPEN_FOLDER):
            return bool(self._client.has_capability("IDLE"))

    def begin_idle(self) -> "Idling":
        """Send IDLE in the open folder and hand the connection over once the server agrees: this session ends here."""
        with self._doing(Operation.OPEN_FOLDER):
            tag = self._client.begin_idle()
            detached = self.wire.detach()
        self._wire = None
        return Idling(detached.sock, detached.unread, tag)

    def close(self) -> None:
        """Say LOGOUT, but wait two seconds at most, then close."""
        if self._wire is None:
            return
        if self._opened_client is not None and not self._is_broken:
            self._wire.shorten_to(2)
            # The work is done; a server that fails to say goodbye changes nothing.
            with contextlib.suppress(IMAPClientError, OSError, BudgetExceeded, *MALFORMED):
                self._opened_client.logout()
        self._wire.close()

    # How it is done

    @property
    def _client(self) -> "Client":
        assert self._opened_client is not None
        return self._opened_client

    def _uids_after(self, known: int, limit: int, *, since: date | None = None) -> list[int]:
        """Return UIDs above `known`, ascending, at least `limit` + 1 of them if there are so many."""
        if self._exists == 0 or known >= _LARGEST_UID or 0 < self._uidnext <= known + 1:
            return []
        newer: list[str | date] = ["UID", f"{known + 1}:*", *(() if since is None else ("SINCE", since))]
        may_be_new = self._uidnext - known - 1 if self._uidnext else self._exists
        if min(may_be_new, self._exists) <= _SEARCH_COUNT:
            # "n:*" always matches the last message, even below n (RFC 3501 §6.4.8).
            return sorted(uid for uid in self._search(*newer) if uid > known)
        uids: set[int] = set()
        for first in range(1, self._exists + 1, _SEARCH_COUNT):
            part = f"{first}:{min(first + _SEARCH_COUNT - 1, self._exists)}"
            uids.update(uid for uid in self._search(part, *newer) if uid > known)
            if len(uids) > limit:
                break
        return sorted(uids)

    def _search(self, *criteria: str | date) -> set[int]:
        self.wire.allow(_SEARCH_COUNT * 12)
        uids = set(self._client.search(list(criteria)))
        if any(not 1 <= uid <= _LARGEST_UID for uid in uids):
            raise ValueError("A UID is out of range.")
        return uids

    def _sizes_of(self, uids: list[int]) -> Iterator[tuple[int, int]]:
        for chunk in _chunks(uids):
            self.wire.allow(len(chunk) * 1024)
            answers = self._client.fetch(chunk, ["RFC822.SIZE"])
            for uid in chunk:
                # A message without an answer was removed meanwhile.
                if uid in answers:
                    yield uid, _number(answers[uid].get(b"RFC822.SIZE"))

    def _fetch_window(self, window: list[Entry]) -> list[Fetched]:
        for entry in window:
            # Some servers estimate RFC822.SIZE, so a message may be somewhat larger than announced.
            self.wire.allow(entry.size + min(entry.size, 8 * 1024 * 1024) + 4096)
        answers = self._client.fetch([entry.uid for entry in window], ["INTERNALDATE", "BODY.PEEK[]"])
        fetched = []
        for entry in window:
            answer = answers.get(entry.uid)
            if answer is None or b"BODY[]" not in answer:
                continue
            # NIL is an empty message.
            raw = answer[b"BODY[]"] or b""
            if not isinstance(raw, bytes):
                raise TypeError("BODY[] is not a string.")
            internaldate = answer.get(b"INTERNALDATE")
            fetched.append(Fetched(entry, raw, internaldate if isinstance(internaldate, datetime) else None))
        return fetched

    def _expunge(self, uids: list[int]) -> None:
        if self._client.has_capability("UIDPLUS"):
            self._client.add_flags(uids, [imapclient.DELETED], silent=True)
            self._client.uid_expunge(uids)
            return
        if self._search("DELETED") - set(uids):
            raise self._failure(
                Operation.REMOVE,
                FailureKind.PERMANENT,
                "Other messages in the folder are marked as deleted, and the server cannot remove single ones.",
                advice="Empty the deleted messages with your mail program; then ours are removed with the next poll.",
            )
        self._client.add_flags(uids, [imapclient.DELETED], silent=True)
        self._client.expunge()

    def _is_answer(self, error: Exception) -> bool:
        is_command_failure = isinstance(error, IMAPClientError) and not isinstance(error, IMAPClientAbortError)
        return is_command_failure and self._heard.refusal is not None and self._heard.bye is None

    def _refusal(self, error: Exception, operation: Operation) -> ServerFailure | None:
        if not isinstance(error, IMAPClientError):
            return None
        if isinstance(error, IMAPClientReadOnlyError):
            words = "The server opens the folder for reading only."
            return self._failure(operation, FailureKind.PERMANENT, words, advice="Choose to leave mail on the server.")
        if self._heard.bye is not None:
            return self._failure(operation, FailureKind.TRANSIENT, self._heard.bye)
        if self._heard.refusal is None:
            return self._not_understood(operation)
        status, words = self._heard.refusal
        kind = _kind_of_refusal(status, words, operation)
        if operation == Operation.SIGN_IN and self._sign_in.is_token:
            return self._refused_token(words, self._heard.challenge, kind)
        return self._failure(operation, kind, words)


@dataclass(frozen=True)
class Idling:
    """A connection on which the server waits for new mail with us: non-blocking, and nobody reads it yet."""

    sock: Socket
    unread: bytes
    # Of the IDLE command, which the server completes after our DONE.
    tag: bytes


def _kind_of_refusal(status: str, words: str, operation: Operation) -> FailureKind:
    code = _RESPONSE_CODE.match(words)
    if (code and code[1] in _PASSING_CODES) or is_passing(words):
        return FailureKind.TRANSIENT
    if status == "BAD":
        return FailureKind.PROTOCOL
    if operation == Operation.SIGN_IN:
        return FailureKind.SIGN_IN_REFUSED
    if operation in (Operation.OPEN_FOLDER, Operation.FETCH):
        return FailureKind.PERMANENT
    return FailureKind.TRANSIENT


def _chunks(uids: list[int]) -> Iterator[list[int]]:
    remaining = iter(uids)
    while chunk := list(islice(remaining, _UIDS_IN_COMMAND)):
        yield chunk


def _uid_set(uids: list[int]) -> str:
    return ",".join(str(uid) for uid in uids)


def _number(value: object, default: int | None = None) -> int:
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or not 0 <= value <= _LARGEST_UID:
        raise ValueError("A number is out of range.")
    return value
