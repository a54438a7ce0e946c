"""The client library of IMAP on a guarded wire: silent, with aware dates, and with the server's last words kept."""

import imaplib
import typing
from dataclasses import dataclass, field

import imapclient

from servers import sasl
from servers.endpoints import Endpoint
from servers.wire import Wire


@dataclass
class Heard:
    """The server's last words, which the exceptions of imaplib quote in too many ways."""

    refusal: tuple[str, str] | None = None
    bye: str | None = None
    # Why a token was refused.
    challenge: sasl.Challenge = field(default_factory=sasl.Challenge)


class _Imap4(imaplib.IMAP4):
    """imaplib on a guarded wire."""

    def __init__(self, wire: Wire, host: str, port: int, heard: Heard) -> None:
        self._wire = wire
        self._heard = heard
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> Wire:
        return self._wire

    def readline(self) -> bytes:
        self._wire.charge_line()
        line = super().readline()
        if not line:
            raise ConnectionResetError("The server closed the connection.")
        return line

    def read(self, size: int) -> bytes:
        self._wire.require(size)
        octets = super().read(size)
        if len(octets) < size:
            raise ConnectionResetError("The server closed the connection.")
        return octets

    def login(self, user: str, password: str) -> tuple[typing.Literal["OK"], list[bytes]]:
        # imaplib leaves the user name unquoted, so that a space in it would end it.
        status, answer = self._simple_command("LOGIN", self._quote(user), self._quote(password))
        if status != "OK":
            raise self.error(answer[-1])
        self.state = "AUTH"
        return status, answer

    def starttls(self, ssl_context: typing.Any = None) -> tuple[typing.Literal["OK"], list[None]]:
        status, answer = self._simple_command("STARTTLS")
        if status != "OK":
            raise self.error(answer[-1])
        self.file = self._wire.start_tls()
        # What was learnt in plain text is forgotten (RFC 3501 §6.2.1).
        self.untagged_responses = {}
        self._get_capabilities()
        return status, [None]

    def idle(self) -> bytes:
        """Send IDLE and return its tag once the server says "+"; untagged responses may come first."""
        tag = bytes(self._command("IDLE"))
        while self._get_response():
            if self.tagged_commands[tag]:
                # The server refuses.
                status, answer = self._get_tagged_response(tag)
                raise self.error(status, answer[-1])
        return tag

    def list_with_special_use(self) -> list[typing.Any]:
        """Return the answer to LIST, with each special use in it (RFC 6154 §3)."""
        status, answer = self._simple_command("LIST", '""', '"*"', "RETURN (SPECIAL-USE)")
        if status != "OK":
            raise self.error(answer[-1])
        _status, lines = self._untagged_response(status, answer, "LIST")
        return list(lines)

    def _append_untagged(self, typ: str, dat: typing.Any) -> None:
        if typ == "BYE":
            self._heard.bye = text(dat)
        super()._append_untagged(typ, dat)  # type: ignore[misc]

    def _get_tagged_response(self, tag: bytes, expect_bye: bool = False) -> tuple[str, list[bytes]]:
        status, answer = super()._get_tagged_response(tag, expect_bye)  # type: ignore[misc]
        self._heard.refusal = (status, text(answer[-1])) if status in {"NO", "BAD"} else None
        return status, answer

    def _log(self, line: str) -> None:
        """Keep no log: imaplib would hold the last ten lines, the password among them."""


class Client(imapclient.IMAPClient):
    """imapclient on a guarded wire, silent, and with aware dates."""

    def __init__(self, wire: Wire, endpoint: Endpoint, heard: Heard) -> None:
        self._wire = wire
        self._heard = heard
        # The wire does the encryption, so imapclient sees a plain connection.
        super().__init__(endpoint.host, endpoint.port, ssl=False)
        self.normalise_times = False
        self._imap.debug = 0

    def _create_IMAP4(self) -> _Imap4:  # noqa: N802 (its name in imapclient)
        return _Imap4(self._wire, self.host, self.port, self._heard)

    @property
    def is_preauthenticated(self) -> bool:
        """Tell whether the greeting was PREAUTH."""
        return bool(self._imap.state != "NONAUTH")

    @property
    def sign_in_mechanisms(self) -> list[str]:
        """The SASL mechanisms that the server offers."""
        prefix = "AUTH="
        return [name.removeprefix(prefix) for name in self._imap.capabilities if name.startswith(prefix)]

    def sign_in_with_token(self, bearer: sasl.Bearer) -> bytes:
        """Sign in by AUTHENTICATE; a challenge after the token says why it is refused, and the refusal follows."""
        is_sent = False

        def respond(challenge: bytes) -> bytes:
            nonlocal is_sent
            if not is_sent:
                is_sent = True
                return bearer.response
            self._heard.challenge = sasl.read_challenge(challenge)
            return bearer.after_refusal

        _status, answer = self._imap.authenticate(bearer.mechanism, respond)
        return answer[-1] or b""

    def begin_idle(self) -> bytes:
        """Send IDLE and return its tag once the server agrees."""
        return bytes(self._imap.idle())

    def list_with_special_use(self) -> list[tuple[tuple[bytes, ...], bytes | None, str]]:
        """List all folders; a server that knows special uses need not tell them unasked (RFC 6154 §2)."""
        if self.has_capability("SPECIAL-USE") and self.has_capability("LIST-EXTENDED"):
            folders = self._proc_folder_list(self._imap.list_with_special_use())
        elif self.has_capability("XLIST") and not self.has_capability("SPECIAL-USE"):
            # What Gmail had before RFC 6154.
            folders = self.xlist_folders()
        else:
            folders = self.list_folders()
        return typing.cast("list[tuple[tuple[bytes, ...], bytes | None, str]]", folders)

    def offers(self, capability: str) -> bool:
        """Tell whether a capability was offered before sign-in, and after STARTTLS if there was one."""
        return capability in self._imap.capabilities


def text(words: object) -> str:
    """Return what a server said as text, whatever its octets."""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
