"""The dialogue with one client: SMTP (RFC 5321) or LMTP (RFC 2033)."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailboxes.inbound import commands, replies
from mailboxes.inbound.capacity import Memory
from mailboxes.inbound.certificate import Certificate
from mailboxes.inbound.commands import Command
from mailboxes.inbound.letters import Destination, Store, StoreFailure
from mailboxes.inbound.limits import Rates
from mailboxes.inbound.options import Options
from mailboxes.inbound.reading import Excess, read_message
from mailboxes.inbound.replies import Refused, Reply
from mailboxes.inbound.transactions import Recipient, Transaction, refusal_of, reply_to, together
from mailboxes.inbound.wire import BareLineFeed, LineTooLong, Wire

log = logging.getLogger(__name__)

MAX_ERRORS = 20
# Commands in a row without a message at their end: somebody keeps the connection, or looks for addresses.
MAX_IDLE_COMMANDS = 100

_GREETINGS = {"SMTP": ("HELO", "EHLO"), "LMTP": ("LHLO",)}


@dataclass(frozen=True)
class Desk:
    """What all dialogues of one listener share."""

    options: Options
    store: Store
    rates: Rates
    memory: Memory
    certificate: Certificate | None
    now: Callable[[], datetime]


class Dialogue:
    """One connection, until the client or the listener ends it."""

    def __init__(self, wire: Wire, desk: Desk, *, protocol: str) -> None:
        """`protocol` is SMTP or LMTP."""
        self._wire = wire
        self._desk = desk
        self._protocol = protocol
        self._has_greeted = False
        self._transaction: Transaction | None = None
        self._error_count = 0
        self._idle_count = 0
        self._is_stopping = False
        self._is_ended = False
        # From DATA to the reply: then it is not interrupted.
        self.is_at_message = False

    def stop_soon(self) -> None:
        """End the connection after the message that is under way."""
        self._is_stopping = True

    async def hold(self) -> None:
        """Speak until the end. Raises Disconnected; whatever else goes wrong ends in a reply."""
        await self._wire.send(Reply(220, "", f"{self._desk.options.hostname} {self._title} mailhub"))
        while not self._is_ended:
            await self._wire.send(*await self._next_replies())

    @property
    def _title(self) -> str:
        return "LMTP" if self._protocol == "LMTP" else "ESMTP"

    @property
    def _is_lmtp(self) -> bool:
        return self._protocol == "LMTP"

    async def _next_replies(self) -> list[Reply | bytes]:
        if self._is_stopping:
            return [self._end(replies.CLOSING)]
        try:
            line = await self._wire.read_line(seconds=self._desk.options.command_seconds)
            answers = await self._answer(commands.read(line))
        except TimeoutError:
            return [self._end(replies.TOO_SLOW)]
        except BareLineFeed:
            return [self._end(replies.BARE_LINE_FEED)]
        except LineTooLong:
            answers = [replies.LINE_TOO_LONG]
        except Refused as refused:
            answers = [refused.reply]
        except StoreFailure:
            answers = [replies.NOT_STORED]
        return answers + self._count(answers)

    def _count(self, answers: list[Reply | bytes]) -> list[Reply | bytes]:
        """Return the farewell for a client that does nothing but err, or nothing at all."""
        if self._is_ended or self._is_lmtp:
            return []
        self._idle_count += 1
        self._error_count += sum(1 for one in answers if isinstance(one, Reply) and one.is_permanent)
        if self._error_count > MAX_ERRORS:
            return [self._end(replies.TOO_MANY_ERRORS)]
        if self._idle_count > MAX_IDLE_COMMANDS + self._desk.options.recipients:
            return [self._end(replies.TOO_MANY_COMMANDS)]
        return []

    async def _answer(self, command: Command) -> list[Reply | bytes]:
        if command.verb in _GREETINGS[self._protocol]:
            return [self._greet(command)]
        match command.verb:
            case "MAIL":
                return [await self._mail(command.argument)]
            case "RCPT":
                return [await self._rcpt(command.argument)]
            case "DATA":
                return await self._data(command.argument)
            case "RSET":
                self._transaction = None
                return [replies.OK]
            case "NOOP":
                return [replies.OK]
            case "STARTTLS":
                return await self._start_tls(command.argument)
            case "QUIT":
                return [self._end(replies.BYE)]
            case "VRFY":
                return [replies.CANNOT_VERIFY]
            case "AUTH" | "BDAT" | "ETRN" | "EXPN" | "HELP" | "TURN" | "SEND" | "SOML" | "SAML":
                return [replies.NOT_IMPLEMENTED]
        return [replies.UNKNOWN_COMMAND]

    def _end(self, reply: Reply) -> Reply:
        self._is_ended = True
        return reply

    def _greet(self, command: Command) -> Reply | bytes:
        if not command.argument:
            raise Refused(replies.BAD_ARGUMENT)
        self._has_greeted = True
        self._transaction = None
        hostname = self._desk.options.hostname
        if command.verb == "HELO":
            return Reply(250, "", hostname)
        lines = [
            hostname,
            "PIPELINING",
            f"SIZE {self._desk.options.size_limit}",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ]
        if self._desk.certificate is not None and not self._wire.is_tls:
            lines.append("STARTTLS")
        first = [f"250-{line}\r\n" for line in lines[:-1]]
        return "".join([*first, f"250 {lines[-1]}\r\n"]).encode("ascii")

    async def _start_tls(self, argument: str) -> list[Reply | bytes]:
        if argument:
            raise Refused(replies.BAD_ARGUMENT)
        if self._wire.is_tls:
            raise Refused(replies.TLS_ALREADY)
        if self._desk.certificate is None:
            raise Refused(replies.NOT_IMPLEMENTED)
        await self._wire.send(replies.READY_FOR_TLS)
        await self._wire.start_tls(self._desk.certificate.context())
        # What the client said in plain text counts no more (RFC 3207 §4.2).
        self._has_greeted = False
        self._transaction = None
        return []

    async def _mail(self, argument: str) -> Reply:
        if not self._has_greeted:
            raise Refused(replies.GREET_FIRST)
        if self._transaction is not None:
            raise Refused(replies.NESTED_SENDER)
        command = commands.read_mail(argument)
        if command.size > self._desk.options.size_limit:
            raise Refused(replies.TOO_LARGE)
        if not await self._desk.store.has_room_for(command.size):
            raise Refused(replies.DISK_FULL)
        self._transaction = Transaction(command.reverse_path, command.size, command.is_utf8)
        return replies.SENDER_OK

    async def _rcpt(self, argument: str) -> Reply:
        transaction = self._transaction
        if transaction is None:
            raise Refused(replies.SENDER_FIRST)
        path = commands.read_rcpt(argument, is_utf8=transaction.is_utf8)
        if len(transaction.recipients) >= self._desk.options.recipients:
            raise Refused(replies.TOO_MANY_RECIPIENTS)
        address = self._desk.options.directory.read(path)
        destination = await self._desk.store.find(address.token)
        if destination is None:
            raise Refused(replies.MAILBOX_UNKNOWN)
        if not destination.is_active:
            raise Refused(replies.MAILBOX_INACTIVE)
        if not transaction.names(destination):
            self._count_message_for(destination)
        transaction.recipients.append(Recipient(address, destination))
        return replies.RECIPIENT_OK

    def _count_message_for(self, destination: Destination) -> None:
        """Count it here and not at the dot: so it is refused for one recipient only, and before its octets come."""
        if not self._desk.rates.take(destination.tenant_id, destination.mailbox_id, now=time.monotonic()):
            log.info("Mailbox %s gets more mail than its limit.", destination.mailbox_id)
            raise Refused(replies.TOO_FREQUENT)

    async def _data(self, argument: str) -> list[Reply | bytes]:
        if argument:
            raise Refused(replies.BAD_ARGUMENT)
        transaction = self._transaction
        if transaction is None:
            raise Refused(replies.SENDER_FIRST)
        if not transaction.recipients:
            raise Refused(replies.RECIPIENT_FIRST)
        if self._desk.memory.is_short:
            raise Refused(replies.BUSY)
        if not await self._desk.store.has_room_for(transaction.size):
            raise Refused(replies.DISK_FULL)
        self._transaction = None
        self._idle_count = 0
        self.is_at_message = True
        try:
            await self._wire.send(replies.START_DATA)
            return await self._take_in(transaction)
        finally:
            self.is_at_message = False

    async def _take_in(self, transaction: Transaction) -> list[Reply | bytes]:
        with self._desk.memory.reserve() as room:
            message = await read_message(self._wire, size_limit=self._desk.options.size_limit, room=room)
            if isinstance(message, Excess):
                refusal = replies.TOO_LARGE if message is Excess.TOO_LARGE else replies.BUSY
                return [refusal] * len(transaction.recipients) if self._is_lmtp else [refusal]
            return await self._store(transaction, message)

    async def _store(self, transaction: Transaction, raw: bytes) -> list[Reply | bytes]:
        letters = transaction.letters(raw, now=self._desk.now())
        answers = {mailbox_id: refusal_of(letter) for mailbox_id, letter in letters.items()}
        if not self._is_lmtp and any(answers.values()):
            return [replies.LOOP]
        settled: dict[object, Reply] = {}
        for mailbox_id, letter in letters.items():
            reply = answers[mailbox_id] or reply_to(await self._desk.store.take_in(letter))
            log.info("Mail for mailbox %s, %d octets: %d %s", mailbox_id, len(raw), reply.code, reply.text)
            settled[mailbox_id] = reply
        if self._is_lmtp:
            # §4.2: one reply for each recipient that was accepted, in their order.
            return [settled[one.destination.mailbox_id] for one in transaction.recipients]
        return [together(list(settled.values()))]
