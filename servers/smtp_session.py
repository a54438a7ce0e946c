"""A session with a submission server: look up, connect, encrypt, sign in (RFC 6409, RFC 3207, RFC 4954).

The steps are the same as for incoming mail, and so is who takes them: a session all in a row, the connection test one
by one, showing the words of each.
"""

import asyncio
import base64
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import aiosmtplib

from mailhub.lib import egress
from mailhub.lib.secret import Secret
from servers import sasl, tls
from servers.connection import (
    CHOOSE_PASSWORD,
    CHOOSE_TLS,
    NO_SIGN_IN_WITH_TOKEN,
    TOKEN_NEEDS_TLS,
    UNENCRYPTED,
    token_advice,
)
from servers.endpoints import ALLOWED_PORTS, SMTP, Endpoint, Security, SignIn
from servers.envelope import Reply, enhanced_status_of
from servers.failures import FailureKind, Operation, ServerFailure, clean_words, failure_from

SERVICE_CLOSING = 421
_GO_ON = 334

# A mechanism that the server offers but does not have (RFC 4954 §4).
_NO_SUCH_MECHANISM = frozenset({504, 534})


class SmtpSession:
    """One connection to a submission server. Every step raises ServerFailure and nothing else."""

    def __init__(
        self,
        endpoint: Endpoint,
        sign_in: SignIn | None,
        *,
        local_hostname: str,
        timeout: float = 30.0,
        is_trusted: bool = False,
    ) -> None:
        """`local_hostname` is what we say in EHLO; `timeout` is in seconds for each step and each reply.

        `is_trusted` says that the operator named the host in the settings, so that it may be inside our own network.
        """
        self.endpoint = endpoint
        self._sign_in = sign_in
        self._local_hostname = local_hostname
        self._timeout = timeout
        self._is_trusted = is_trusted
        self._target: egress.Target | None = None
        self._sock: egress.Socket | None = None
        self._opened_client: aiosmtplib.SMTP | None = None
        # A transaction that broke off leaves the server in a state that nobody knows.
        self._is_broken = False

    @property
    def is_usable(self) -> bool:
        """Tell whether another message can be submitted on this connection."""
        return self._opened_client is not None and self._opened_client.is_connected and not self._is_broken

    # The steps to an open session

    async def resolve(self) -> str:
        """Look the host up; return its addresses."""
        look_up = partial(
            egress.resolve,
            self.endpoint.host,
            self.endpoint.port,
            timeout=self._timeout,
            ports=ALLOWED_PORTS[SMTP],
            is_trusted=self._is_trusted,
        )
        with self._doing(Operation.RESOLVE):
            self._target = await asyncio.get_running_loop().run_in_executor(None, look_up)
        return ", ".join(str(address) for address in self._target.addresses)

    async def connect(self) -> str:
        """Connect; return the greeting, which with TLS comes only after the handshake."""
        if self._target is None:
            await self.resolve()
        assert self._target is not None
        with self._doing(Operation.CONNECT):
            self._sock = await _connected_socket(self._target, self._timeout)
        if self.endpoint.security == Security.TLS:
            return f"Connected to port {self.endpoint.port}."
        return await self._greet()

    async def secure(self) -> str:
        """Encrypt as the endpoint says, before any credential is sent; return what encrypts the connection."""
        if self.endpoint.security == Security.NONE:
            return UNENCRYPTED
        if self.endpoint.security == Security.TLS:
            greeting = await self._greet()
            return f"{self._certificate()}. {greeting}"
        if not self._client.supports_extension("starttls"):
            raise self._failure(
                Operation.TLS,
                FailureKind.PROTOCOL,
                "The server does not offer STARTTLS.",
                advice="Choose TLS and port 465, or ask the provider how the connection is encrypted.",
            )
        with self._doing(Operation.TLS):
            await self._client.starttls()
            # What was learnt in plain text is forgotten (RFC 3207 §4.2).
            await self._client.ehlo()
        return f"{self._certificate()}."

    async def authenticate(self) -> str:
        """Sign in if there is something to sign in with; return what the server said."""
        if self._sign_in is None:
            return "No sign-in is configured."
        with self._doing(Operation.SIGN_IN):
            if self._sign_in.is_token:
                return await self._authenticate_with_token(self._sign_in)
            return self._clean(await self._authenticate(self._sign_in))

    async def close(self) -> None:
        """Say QUIT, but wait two seconds at most, then close. Never raises."""
        if self._opened_client is not None and self.is_usable:
            # The work is done; a server that fails to say goodbye changes nothing.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, ValueError):
                await self._opened_client.execute_command(b"QUIT", timeout=2)
        self._drop()

    # How it is done

    async def _greet(self) -> str:
        """Read the greeting and say EHLO; only who answers that is a mail server whose words we show."""
        assert self._sock is not None
        self._opened_client = aiosmtplib.SMTP(
            hostname=tls.server_name(self.endpoint.host),
            sock=self._sock,
            local_hostname=self._local_hostname,
            timeout=self._timeout,
            use_tls=self.endpoint.security == Security.TLS,
            start_tls=False,
            tls_context=tls.client_context(),
        )
        implicit = self.endpoint.security == Security.TLS
        with self._doing(Operation.TLS if implicit else Operation.GREETING):
            greeting = await self._client.connect()
        with self._doing(Operation.GREETING):
            await self._ehlo()
        return self._clean(greeting.message)

    async def _ehlo(self) -> None:
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError:
            # RFC 5321 §4.1.1.1: a server without EHLO gets HELO.
            if not self._client.is_connected:
                raise
            await self._client.helo()

    async def _authenticate(self, sign_in: SignIn) -> str:
        client = self._client
        offered = set(client.server_auth_methods)
        # In plain text a challenge keeps the password off the wire; within TLS the plainest is the most reliable.
        preferred = ("cram-md5", "plain", "login")
        if self.endpoint.security != Security.NONE:
            preferred = ("plain", "login", "cram-md5")
        methods = [method for method in preferred if method in offered]
        if not methods:
            raise self._failure(
                Operation.SIGN_IN,
                FailureKind.SIGN_IN_REFUSED,
                f"The server offers no sign-in with a password. It offers: {', '.join(sorted(offered)) or 'none'}.",
                advice="Check port and encryption; without encryption many servers offer no sign-in.",
            )
        username, password = sign_in.username.encode(), sign_in.password.reveal().encode()
        steps = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
        for method in methods[:-1]:
            try:
                return (await steps[method](username, password)).message
            except aiosmtplib.SMTPAuthenticationError as error:
                # A wrong password is said once: each further attempt counts towards being locked out.
                if error.code not in _NO_SUCH_MECHANISM:
                    raise
        return (await steps[methods[-1]](username, password)).message

    async def _authenticate_with_token(self, sign_in: SignIn) -> str:
        """Sign in with a token in two steps: as an initial response it is too long for a command (RFC 4954 §4)."""
        if self.endpoint.security == Security.NONE:
            raise self._failure(Operation.SIGN_IN, FailureKind.PERMANENT, TOKEN_NEEDS_TLS, advice=CHOOSE_TLS)
        if not (sign_in.username + sign_in.password.reveal()).isprintable():
            words = "User name or token contains a control character."
            raise self._failure(Operation.SIGN_IN, FailureKind.PERMANENT, words)
        bearer = sasl.bearer(self._client.server_auth_methods, self.endpoint, sign_in)
        if bearer is None:
            raise self._failure(
                Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, NO_SIGN_IN_WITH_TOKEN, advice=CHOOSE_PASSWORD
            )
        reply = await self._command(Operation.SIGN_IN, b"AUTH", bearer.mechanism.encode())
        challenge = sasl.Challenge()
        if reply.code == _GO_ON:
            reply = await self._command(Operation.SIGN_IN, base64.b64encode(bearer.response))
        if reply.code == _GO_ON:
            # The reason of a refusal, which comes before the refusal itself (RFC 7628 §3.2.3).
            challenge = sasl.read_encoded_challenge(reply.text)
            reply = await self._command(Operation.SIGN_IN, base64.b64encode(bearer.after_refusal))
        if reply.is_positive:
            return reply.text
        raise self._refused_token(reply, challenge)

    def _refused_token(self, reply: Reply, challenge: sasl.Challenge) -> ServerFailure:
        failure = reply.failure(Operation.SIGN_IN)
        kind = FailureKind.TRANSIENT if challenge.is_passing else failure.kind
        words = f"{failure.words} ({challenge.words})" if challenge.words else failure.words
        return self._failure(
            Operation.SIGN_IN,
            kind,
            words,
            reply_code=reply.code,
            enhanced_status=reply.enhanced_status,
            advice=token_advice(kind),
        )

    async def _command(self, operation: Operation, *words: bytes) -> Reply:
        with self._doing(operation):
            reply = self._reply(await self._client.execute_command(*words))
        if reply.code == SERVICE_CLOSING or not 200 <= reply.code < 600:
            raise reply.failure(operation)
        return reply

    @property
    def _client(self) -> aiosmtplib.SMTP:
        assert self._opened_client is not None
        return self._opened_client

    @contextmanager
    def _doing(self, operation: Operation) -> Iterator[None]:
        """Let nothing but ServerFailure out; the originals quote the server unmasked and are not chained."""
        try:
            yield
        except ServerFailure:
            raise
        except aiosmtplib.SMTPResponseException as error:
            raise self._failure_by_response(error, operation) from None
        except aiosmtplib.SMTPConnectError as error:
            self._is_broken = True
            cause = error.__cause__
            # aiosmtplib wraps what happens in connect, and the certificate's fault is in the cause.
            original = cause if isinstance(cause, OSError) and not isinstance(cause, aiosmtplib.SMTPException) else None
            raise failure_from(original or _plain_error(error), operation) from None
        except aiosmtplib.SMTPException as error:
            self._is_broken = True
            raise failure_from(_plain_error(error), operation) from None
        except OSError as error:
            self._is_broken = True
            raise failure_from(error, operation) from None
        except ValueError:
            self._is_broken = True
            raise self._failure(operation, FailureKind.PROTOCOL, "The server's answer could not be read.") from None

    def _failure_by_response(self, error: aiosmtplib.SMTPResponseException, operation: Operation) -> ServerFailure:
        if error.code < 200 or error.code > 599:
            # Not an SMTP reply: what a foreign service says is not shown (SECURITY B016).
            self._is_broken = True
            words = "The server does not answer as SMTP servers do."
            return self._failure(operation, FailureKind.PROTOCOL, words)
        reached = operation
        if operation == Operation.TLS and isinstance(error, aiosmtplib.SMTPConnectResponseError):
            reached = Operation.GREETING  # the handshake is done when a greeting can refuse
        return self._reply(aiosmtplib.SMTPResponse(error.code, error.message)).failure(reached)

    def _reply(self, response: aiosmtplib.SMTPResponse) -> Reply:
        text = self._clean(response.message)
        return Reply(response.code, text, enhanced_status_of(text))

    def _failure(
        self,
        operation: Operation,
        kind: FailureKind,
        words: str,
        *,
        reply_code: int | None = None,
        enhanced_status: str = "",
        advice: str = "",
    ) -> ServerFailure:
        return ServerFailure(
            operation,
            kind,
            words,
            reply_code=reply_code,
            enhanced_status=enhanced_status,
            advice=advice,
            secrets=self._secrets,
        )

    def _clean(self, words: str) -> str:
        return clean_words(words.encode("utf-8", "surrogateescape"), *self._secrets)

    @property
    def _secrets(self) -> tuple[Secret, ...]:
        return (self._sign_in.password,) if self._sign_in else ()

    def _certificate(self) -> str:
        return clean_words(tls.describe(self._client.get_transport_info("ssl_object")))

    def _drop(self) -> None:
        """Close at once and send nothing more."""
        self._is_broken = True
        client = self._opened_client
        if client is None:
            if self._sock is not None:
                self._sock.close()
            return
        # From here on the event loop owns the socket, and only its transport may close it.
        if isinstance(client.transport, asyncio.WriteTransport):
            client.transport.abort()
        client.close()


async def _connected_socket(target: egress.Target, timeout: float) -> egress.Socket:
    """Connect in a thread; a socket that nobody waits for any more is closed."""
    connecting = asyncio.get_running_loop().run_in_executor(None, partial(egress.connect_to, target, timeout=timeout))
    try:
        sock = await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close_result)
        raise
    sock.setblocking(False)
    return sock


def _close_result(connecting: "asyncio.Future[egress.Socket]") -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


def _plain_error(error: aiosmtplib.SMTPException) -> OSError:
    if isinstance(error, TimeoutError):
        return TimeoutError("The server did not answer in time.")
    return ConnectionResetError("The server closed the connection.")
