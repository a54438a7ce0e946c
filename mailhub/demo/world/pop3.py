"""A small POP3 server (RFC 1939, with CAPA of RFC 2449 and the response codes of RFC 3206) over the store's INBOX."""

import asyncio
import re
from dataclasses import dataclass, field

from mailhub.demo.world import people
from mailhub.demo.world.store import INBOX, MailStore, StoredMessage

_CAPABILITIES = ("USER", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "IMPLEMENTATION mailhub-demonstration")
# RFC 2449 §4: a command line has at most 255 octets.
_LINE_LIMIT = 512
_IDLE_SECONDS = 600
_BARE_LF = re.compile(rb"(?<!\r)\n")


async def start(store: MailStore, *, port: int) -> asyncio.Server:
    """Serve POP3 on 127.0.0.1 without TLS; port 0 takes a free one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Connection(store, reader, writer).run()

    return await asyncio.start_server(serve, "127.0.0.1", port, limit=_LINE_LIMIT)


class _CommandError(Exception):
    """The command is answered with -ERR and this text."""


@dataclass
class _Maildrop:
    """What a session sees of INBOX: fixed at sign-in, as message numbers must not shift (RFC 1939 §5)."""

    account: str
    uidvalidity: int
    messages: list[StoredMessage]
    deleted: set[int] = field(default_factory=set)

    def get(self, argument: str) -> tuple[int, StoredMessage]:
        """Return number and message of a command's argument. Raises _CommandError."""
        if not argument.isascii() or not argument.isdigit():
            raise _CommandError("The command needs a message number.")
        number = int(argument)
        if not 1 <= number <= len(self.messages) or number in self.deleted:
            raise _CommandError("There is no such message.")
        return number, self.messages[number - 1]

    def present(self) -> list[tuple[int, StoredMessage]]:
        return [(number, m) for number, m in enumerate(self.messages, 1) if number not in self.deleted]

    def unique_id(self, message: StoredMessage) -> str:
        return f"{self.uidvalidity:08x}.{message.uid:08x}"


class _Connection:
    """One client; commands are the methods named `do_…`, each returns the reply without CRLF at its end."""

    def __init__(self, store: MailStore, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._store = store
        self._reader = reader
        self._writer = writer
        self._user_name = ""
        self._maildrop: _Maildrop | None = None
        self._is_open = True

    async def run(self) -> None:
        """Answer commands until QUIT or until the client goes away."""
        try:
            await self._send(b"+OK The demonstration mail world is ready.")
            while self._is_open:
                line = await asyncio.wait_for(self._reader.readline(), _IDLE_SECONDS)
                if not line:
                    return
                await self._send(self._answer(line.decode("utf-8", "replace").rstrip("\r\n")))
        except (ConnectionError, TimeoutError, ValueError):
            # The client left, fell silent, or sent a line beyond the limit: the session ends without its UPDATE.
            return
        finally:
            self._writer.close()

    async def _send(self, reply: bytes) -> None:
        self._writer.write(reply + b"\r\n")
        await self._writer.drain()

    def _answer(self, line: str) -> bytes:
        keyword, _, argument = line.partition(" ")
        command = getattr(self, f"do_{keyword.lower()}", None) if keyword.isalpha() else None
        if command is None:
            return b"-ERR Unknown command."
        try:
            reply: bytes = command(argument)
        except _CommandError as error:
            return f"-ERR {error}".encode()
        return reply

    def do_capa(self, argument: str) -> bytes:
        return _multiline("+OK Capability list follows.", "\r\n".join(_CAPABILITIES).encode())

    def do_user(self, argument: str) -> bytes:
        if self._maildrop is not None:
            raise _CommandError("You are signed in already.")
        self._user_name = argument.strip()
        return b"+OK Send the password."

    def do_pass(self, argument: str) -> bytes:
        if self._maildrop is not None or not self._user_name:
            raise _CommandError("Send USER first.")
        # The whole rest of the line is the password, blanks included (RFC 1939 §7).
        account = people.authenticate(self._user_name, argument)
        if account is None:
            self._user_name = ""
            raise _CommandError("[AUTH] The user name or the password is wrong.")
        inbox = self._store.get_folder(account.addr_spec, INBOX)
        self._maildrop = _Maildrop(account.addr_spec, inbox.uidvalidity, self._store.messages(inbox.id))
        return f"+OK {len(self._maildrop.messages)} messages.".encode()

    def do_stat(self, argument: str) -> bytes:
        present = self._signed_in().present()
        return f"+OK {len(present)} {sum(message.size for _, message in present)}".encode()

    def do_list(self, argument: str) -> bytes:
        maildrop = self._signed_in()
        if argument:
            number, message = maildrop.get(argument)
            return f"+OK {number} {message.size}".encode()
        lines = [f"{number} {message.size}" for number, message in maildrop.present()]
        return _multiline(f"+OK {len(lines)} messages.", "\r\n".join(lines).encode())

    def do_uidl(self, argument: str) -> bytes:
        maildrop = self._signed_in()
        if argument:
            number, message = maildrop.get(argument)
            return f"+OK {number} {maildrop.unique_id(message)}".encode()
        lines = [f"{number} {maildrop.unique_id(message)}" for number, message in maildrop.present()]
        return _multiline("+OK Unique ids follow.", "\r\n".join(lines).encode())

    def do_retr(self, argument: str) -> bytes:
        _number, message = self._signed_in().get(argument)
        return _multiline(f"+OK {message.size} octets.", self._raw(message))

    def do_top(self, argument: str) -> bytes:
        number, _, line_count = argument.partition(" ")
        if not line_count.isascii() or not line_count.isdigit():
            raise _CommandError("TOP needs a message number and a count of lines.")
        _number, message = self._signed_in().get(number)
        header, blank, body = self._raw(message).partition(b"\r\n\r\n")
        return _multiline("+OK Top follows.", header + blank + b"\r\n".join(body.split(b"\r\n")[: int(line_count)]))

    def do_dele(self, argument: str) -> bytes:
        maildrop = self._signed_in()
        number, _message = maildrop.get(argument)
        maildrop.deleted.add(number)
        return f"+OK Message {number} will be deleted.".encode()

    def do_rset(self, argument: str) -> bytes:
        self._signed_in().deleted.clear()
        return b"+OK Nothing will be deleted."

    def do_noop(self, argument: str) -> bytes:
        self._signed_in()
        return b"+OK"

    def do_quit(self, argument: str) -> bytes:
        self._is_open = False
        maildrop = self._maildrop
        if maildrop is not None and maildrop.deleted:
            # Several sessions may be open, so a message can be gone already; that is no error here.
            inbox = self._store.get_folder(maildrop.account, INBOX)
            self._store.expunge(inbox.id, [maildrop.messages[number - 1].uid for number in maildrop.deleted])
        return b"+OK Goodbye."

    def _signed_in(self) -> _Maildrop:
        if self._maildrop is None:
            raise _CommandError("Sign in first.")
        return self._maildrop

    def _raw(self, message: StoredMessage) -> bytes:
        raw = self._store.find_raw(message.folder_id, message.uid)
        if raw is None:
            raise _CommandError("The message is gone.")
        # A client reads line by line, so a bare LF from an IMAP APPEND must not look like the lone dot's line.
        return _BARE_LF.sub(b"\r\n", raw)


def _multiline(status: str, body: bytes) -> bytes:
    """Return a multi-line reply: dots are stuffed and a lone dot ends it (RFC 1939 §3)."""
    lines = body.removesuffix(b"\r\n").split(b"\r\n") if body else []
    stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join([status.encode(), *stuffed, b"."])
