"""Submission of messages (RFC 6409, RFC 5321).

aiosmtplib writes body and final dot in one go. We split them, so that a caller can commit "the dot is about to be
sent" between the two: whatever dies before that moment has not been sent, whatever dies after it is uncertain.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from servers.endpoints import Endpoint, SignIn
from servers.envelope import (
    Accepted,
    Envelope,
    MessageTooLarge,
    RcptReply,
    Receipt,
    Reply,
    UncertainDelivery,
    mail_parameters,
    path,
    to_wire,
)
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp_session import SERVICE_CLOSING, SmtpSession

__all__ = [
    "Accepted",
    "Envelope",
    "RcptReply",
    "Receipt",
    "Reply",
    "Submission",
    "UncertainDelivery",
    "open_submission",
]

BeforeDot = Callable[[Accepted], Awaitable[bool]]

# RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes, and who gives up earlier sends twice.
FINAL_REPLY_SECONDS = 600.0

_PIECE_OCTETS = 256 * 1024


class Submission(SmtpSession):
    """One session with a submission server, for any number of messages, one after the other."""

    async def submit(
        self,
        envelope: Envelope,
        raw: bytes,
        *,
        before_dot: BeforeDot,
        final_reply_seconds: float = FINAL_REPLY_SECONDS,
    ) -> Receipt:
        """Submit one message.

        `before_dot` is awaited when the body is with the server and only the dot is missing; if it returns False the
        connection is dropped and nothing has been sent.

        Raises ServerFailure when the mail was certainly not taken, and UncertainDelivery when nobody knows.
        """
        body = to_wire(raw)
        parameters = self._parameters(envelope, raw, len(body))
        await self._mail_from(envelope.mail_from, parameters)
        replies = {address: await self._rcpt_to(address) for address in dict.fromkeys(envelope.rcpt_to)}
        accepted = Accepted(tuple(address for address, reply in replies.items() if reply.is_positive), replies)
        if not accepted.recipients:
            await self._reset()
            return Receipt(replies, None)

        go_ahead = await self._command(Operation.DATA, b"DATA")
        if go_ahead.code != 354:
            await self._reset()
            if go_ahead.is_transient or go_ahead.is_permanent:
                return Receipt(replies, go_ahead)
            raise go_ahead.failure(Operation.DATA)

        self._is_broken = True  # until the final reply is here
        try:
            final = await self._send(body, accepted, before_dot, final_reply_seconds)
        except BaseException:
            self._drop()
            raise
        if final is not None:
            self._is_broken = final.code == SERVICE_CLOSING
        return Receipt(replies, final)

    async def try_mail_from(self, mail_from: str) -> str:
        """Ask whether the server takes this sender, and take it back; return what it said."""
        reply = await self._mail_from(mail_from, ())
        await self._reset()
        return reply.text

    async def _send(
        self, body: bytes, accepted: Accepted, before_dot: BeforeDot, final_reply_seconds: float
    ) -> Reply | None:
        """Write the body, ask, write the dot and wait. Returns None when the caller said no."""
        protocol = self._protocol
        # One reader over the whole phase, because a server may refuse in the middle of the body, and aiosmtplib
        # forgets what arrives while nobody reads.
        final_reply = asyncio.ensure_future(protocol.read_response())
        try:
            with self._doing(Operation.DATA):
                early = await self._write_body(protocol, body, final_reply)
            if early is not None:
                self._drop()
                return early
            if not await before_dot(accepted):
                self._drop()
                return None
            with self._doing(Operation.FINAL_DOT):
                if final_reply.done():
                    return self._early_refusal(final_reply)
                # Raises when the connection is known to be lost; then nothing has been written.
                protocol.write(b".\r\n")
            return await self._final_reply(final_reply, accepted, final_reply_seconds)
        finally:
            _forget(final_reply)

    async def _write_body(
        self, protocol: SMTPProtocol, body: bytes, final_reply: "asyncio.Future[aiosmtplib.SMTPResponse]"
    ) -> Reply | None:
        """Write the body and wait until the kernel has it; returns a refusal that came meanwhile."""
        transport = protocol.transport
        if not isinstance(transport, asyncio.WriteTransport):
            raise ConnectionResetError("Connection lost")
        # With no room in our buffer, "drained" means that the kernel has taken everything.
        transport.set_write_buffer_limits(high=0)
        view = memoryview(body)
        for start in range(0, len(body), _PIECE_OCTETS):
            protocol.write(bytes(view[start : start + _PIECE_OCTETS]))
            drained = asyncio.ensure_future(protocol._drain_helper())  # noqa: SLF001 (there is no public way to drain)
            try:
                either: set[asyncio.Future[Any]] = {drained, final_reply}
                await asyncio.wait(either, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED)
                if final_reply.done():
                    return self._early_refusal(final_reply)
                if not drained.done():
                    raise TimeoutError("The server stopped reading the message.")
                drained.result()
            finally:
                _forget(drained)
        return None

    def _early_refusal(self, final_reply: "asyncio.Future[aiosmtplib.SMTPResponse]") -> Reply:
        """Return a refusal that came before the dot; anything else breaks the protocol. Nothing has been sent."""
        reply = self._reply(final_reply.result())
        if reply.is_transient or reply.is_permanent:
            return reply
        raise self._failure(Operation.DATA, FailureKind.PROTOCOL, f"Reply {reply.code} before the end of the message.")

    async def _final_reply(
        self, final_reply: "asyncio.Future[aiosmtplib.SMTPResponse]", accepted: Accepted, seconds: float
    ) -> Reply:
        try:
            reply = self._reply(await asyncio.wait_for(final_reply, seconds))
        except TimeoutError:
            words = "The message was sent, but the server did not confirm it in time."
            raise UncertainDelivery(words, accepted) from None
        except (aiosmtplib.SMTPException, OSError):
            words = "The message was sent, but the connection was lost before the server confirmed it."
            raise UncertainDelivery(words, accepted) from None
        if not (reply.is_positive or reply.is_transient or reply.is_permanent):
            words = f"The message was sent, but the server answered with {reply.code} {reply.text}"
            raise UncertainDelivery(words, accepted)
        return reply

    # Commands

    def _parameters(self, envelope: Envelope, raw: bytes, octets: int) -> tuple[bytes, ...]:
        try:
            return mail_parameters(envelope, raw, octets, self._client.esmtp_extensions)
        except MessageTooLarge as error:
            raise self._failure(
                Operation.MAIL_FROM,
                FailureKind.PERMANENT,
                str(error),
                enhanced_status="5.3.4",
                advice="Make the message smaller, for example with a link instead of an attachment.",
            ) from None

    async def _mail_from(self, mail_from: str, parameters: tuple[bytes, ...]) -> Reply:
        sender = path(mail_from) if mail_from else ""
        if sender is None or not self._can_carry(sender):
            words = "The sender's address cannot be sent to this server."
            raise self._failure(Operation.MAIL_FROM, FailureKind.PERMANENT, words, enhanced_status="5.1.7")
        reply = await self._command(Operation.MAIL_FROM, b"MAIL", b"FROM:<%s>" % sender.encode(), *parameters)
        if not reply.is_positive:
            await self._reset()
            raise reply.failure(Operation.MAIL_FROM)
        return reply

    async def _rcpt_to(self, address: str) -> Reply:
        recipient = path(address)
        if recipient is None or not self._can_carry(recipient):
            return RcptReply(553, "This address cannot be sent to this server.", "5.1.3")
        reply = await self._command(Operation.RCPT_TO, b"RCPT", b"TO:<%s>" % recipient.encode())
        return RcptReply(reply.code, reply.text, reply.enhanced_status)

    def _can_carry(self, address: str) -> bool:
        return address.isascii() or self._client.supports_extension("smtputf8")

    async def _reset(self) -> None:
        """Take the transaction back; a server that cannot do that is not used again."""
        if not self._client.is_connected:
            return
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    @property
    def _protocol(self) -> SMTPProtocol:
        protocol = self._client.protocol
        if protocol is None:
            raise ServerFailure(Operation.DATA, FailureKind.TRANSIENT, "The server closed the connection.")
        return protocol


@asynccontextmanager
async def open_submission(
    endpoint: Endpoint, sign_in: SignIn | None, *, local_hostname: str, timeout: float = 30.0, is_trusted: bool = False
) -> AsyncIterator[Submission]:
    """Connect, encrypt and sign in. Parameters as of `SmtpSession`. Raises ServerFailure."""
    submission = Submission(endpoint, sign_in, local_hostname=local_hostname, timeout=timeout, is_trusted=is_trusted)
    try:
        await submission.connect()
        await submission.secure()
        await submission.authenticate()
        yield submission
    finally:
        await submission.close()


def _forget(future: "asyncio.Future[Any]") -> None:
    """Stop waiting; an error that is there already was told by another way and is not logged as lost."""
    if not future.cancel() and not future.cancelled():
        future.exception()
