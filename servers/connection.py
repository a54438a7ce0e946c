"""The steps from a host name to an open folder, the same for IMAP and POP3.

A session takes them in a row; the connection test takes them one by one and shows the words of each.
"""

import abc
import re
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar

from mailhub.lib import egress
from servers import sasl, tls
from servers.endpoints import ALLOWED_PORTS, Endpoint, Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure, clean_words, failure_from
from servers.wire import BudgetExceeded, Deadline, Wire

UNENCRYPTED = "No encryption: user name and password travel readable through the network."
# Words for people, which S105 takes for passwords.
TOKEN_NEEDS_TLS = "An OAuth token is never sent over an unencrypted connection."  # noqa: S105
CHOOSE_TLS = "Choose STARTTLS or TLS."
NO_SIGN_IN_WITH_TOKEN = "The server offers no sign-in with an OAuth token."  # noqa: S105
CHOOSE_PASSWORD = "Check host and port, or switch OAuth off and sign in with a password."  # noqa: S105
_HOW_TO_GRANT = (
    "Check that the user name is the account that the OAuth settings are for, that it may use this protocol, and that "
    "the permission (scope) for it was granted; then connect again."
)

# Enough for greeting, sign-in and the answers to all short commands of a session.
_BASE_BUDGET = 1024 * 1024

_CONNECT_SECONDS = 15.0

# What the parsers of imaplib, imapclient and poplib raise on answers that nobody should send.
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)

# Words of a refusal that will pass, where the server gives no response code.
_PASSING = re.compile(
    r"too many|try again|temporar|unavailable|not connected|in use|busy|internal error"
    r"|(maildrop|mailbox|already).{0,20} lock",
    re.IGNORECASE,
)


class IncomingConnection(abc.ABC):
    """One session with an IMAP or POP3 server, from looking up its name to closing it."""

    protocol: ClassVar[Protocol]

    def __init__(self, endpoint: Endpoint, sign_in: SignIn, *, deadline_seconds: float) -> None:
        self.endpoint = endpoint
        self._sign_in = sign_in
        self._deadline = Deadline(deadline_seconds)
        self._target: egress.Target | None = None
        self._wire: Wire | None = None
        # After a failure that is no answer nobody knows what the next octets mean, so there is no farewell.
        self._is_broken = False

    def resolve(self) -> str:
        """Look the host up; return its addresses."""
        with self._doing(Operation.RESOLVE):
            self._target = egress.resolve(
                self.endpoint.host,
                self.endpoint.port,
                timeout=min(self._deadline.remaining(), _CONNECT_SECONDS),
                ports=ALLOWED_PORTS[self.protocol],
            )
        return ", ".join(str(address) for address in self._target.addresses)

    def connect(self) -> str:
        """Connect; return the greeting, which with TLS comes only after the handshake."""
        if self._target is None:
            self.resolve()
        assert self._target is not None
        with self._doing(Operation.CONNECT):
            sock = egress.connect_to(self._target, timeout=min(self._deadline.remaining(), _CONNECT_SECONDS))
        self._wire = Wire(sock, self.endpoint.host, deadline=self._deadline, budget=_BASE_BUDGET)
        if self.endpoint.security == Security.TLS:
            return f"Connected to port {self.endpoint.port}."
        with self._doing(Operation.GREETING):
            return self._clean(self._greet())

    def secure(self) -> str:
        """Encrypt as the endpoint says, before any credential is sent; return what encrypts the connection."""
        if self.endpoint.security == Security.NONE:
            return UNENCRYPTED
        if self.endpoint.security == Security.TLS:
            with self._doing(Operation.TLS):
                self.wire.start_tls()
            with self._doing(Operation.GREETING):
                return f"{self._certificate()}. {self._clean(self._greet())}"
        with self._doing(Operation.TLS):
            self._request_tls()
        return f"{self._certificate()}."

    def authenticate(self) -> str:
        """Sign in with the password or the token; return what the server said."""
        with self._doing(Operation.SIGN_IN):
            if not self._sign_in.is_token:
                return self._clean(self._authenticate())
            if self.endpoint.security == Security.NONE:
                raise ServerFailure(Operation.SIGN_IN, FailureKind.PERMANENT, TOKEN_NEEDS_TLS, advice=CHOOSE_TLS)
            return self._clean(self._authenticate_with_token())

    @abc.abstractmethod
    def open_folder(self, name: str | None = None) -> str:
        """Open a folder, unless named the one that the session is for; return its name and the number of messages."""

    @abc.abstractmethod
    def close(self) -> None:
        """End the session; never raises."""

    @property
    def wire(self) -> Wire:
        """The connection; only after `connect`."""
        assert self._wire is not None
        return self._wire

    @abc.abstractmethod
    def _greet(self) -> str | bytes:
        """Read the greeting and return it."""

    @abc.abstractmethod
    def _request_tls(self) -> None:
        """Send STARTTLS or STLS, and encrypt."""

    @abc.abstractmethod
    def _authenticate(self) -> str | bytes:
        """Sign in and return the server's answer."""

    @abc.abstractmethod
    def _authenticate_with_token(self) -> str | bytes:
        """Sign in with the access token and return the server's answer."""

    @property
    def is_usable(self) -> bool:
        """Tell whether the session goes on: after a refusal it does, after a lost connection it does not."""
        return not self._is_broken

    @abc.abstractmethod
    def _is_answer(self, error: Exception) -> bool:
        """Tell whether `error` is the server's proper refusal of one command, so that the next one may follow."""

    @abc.abstractmethod
    def _refusal(self, error: Exception, operation: Operation) -> ServerFailure | None:
        """Translate an error of the client library; None when it is not one."""

    @contextmanager
    def _doing(self, operation: Operation) -> Iterator[None]:
        """Let nothing but ServerFailure out.

        The original exceptions are not chained: they quote the server unmasked, and so perhaps the password.
        """
        try:
            yield
        except ServerFailure:
            self._is_broken = True
            raise
        except BudgetExceeded as error:
            self._is_broken = True
            raise self._failure(operation, FailureKind.PROTOCOL, str(error)) from None
        except OSError as error:
            self._is_broken = True
            raise failure_from(error, operation) from None
        except Exception as error:
            self._is_broken = not self._is_answer(error)
            failure = self._refusal(error, operation)
            if failure is None and isinstance(error, MALFORMED):
                failure = self._not_understood(operation)
            if failure is None:
                raise
            raise failure from None

    def _not_understood(self, operation: Operation) -> ServerFailure:
        """Say that this is no such server, without showing what a foreign service said (SECURITY B016)."""
        words = f"The server does not answer as {self.protocol.label} servers do."
        return self._failure(operation, FailureKind.PROTOCOL, words)

    def _failure(self, operation: Operation, kind: FailureKind, words: str | bytes, advice: str = "") -> ServerFailure:
        return ServerFailure(operation, kind, words, advice=advice, secrets=(self._sign_in.password,))

    def _clean(self, words: str | bytes) -> str:
        return clean_words(words, self._sign_in.password)

    def _certificate(self) -> str:
        sock = self.wire.sock
        assert isinstance(sock, ssl.SSLSocket)
        return clean_words(tls.describe(sock))

    def _bearer(self, offered: Collection[str]) -> sasl.Bearer:
        """Return what signs in with the token; raise ServerFailure when the server has no mechanism for it."""
        self._refuse_control_characters(self._sign_in.username, Operation.SIGN_IN)
        self._refuse_control_characters(self._sign_in.password.reveal(), Operation.SIGN_IN)
        bearer = sasl.bearer(offered, self.endpoint, self._sign_in)
        if bearer is None:
            raise self._failure(
                Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, NO_SIGN_IN_WITH_TOKEN, advice=CHOOSE_PASSWORD
            )
        return bearer

    def _refused_token(self, words: str, challenge: sasl.Challenge, kind: FailureKind) -> ServerFailure:
        """Say why the token was refused: the reason is in the challenge, the refusal itself says little."""
        if challenge.is_passing:
            kind = FailureKind.TRANSIENT
        said = f"{words} ({challenge.words})" if challenge.words else words
        return self._failure(Operation.SIGN_IN, kind, said, advice=token_advice(kind))

    def _refuse_control_characters(self, value: str, operation: Operation) -> str:
        """Return `value`; refuse what would be a second command on the wire (SECURITY TC4)."""
        if any(character < " " or character == "\x7f" for character in value):
            words = "User name, password or folder contains a control character."
            raise self._failure(operation, FailureKind.PERMANENT, words, advice="Type it again, by hand.")
        return value


def token_advice(kind: FailureKind) -> str:
    """Return what to do when a token was refused; "" leaves the usual advice."""
    return _HOW_TO_GRANT if kind == FailureKind.SIGN_IN_REFUSED else ""


def is_passing(words: str) -> bool:
    """Tell from the words of a refusal whether the same attempt may succeed later."""
    return _PASSING.search(words) is not None
