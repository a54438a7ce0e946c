"""A real SMTP server that takes everything, and stamps it with the simulated time into a log of its own."""

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.realservers.programs import HOST, free_port
from tests.sequences.month.plan import Attempt, written

_MARK = re.compile(r"This is ([A-Z]+/\d+)\.")
_TAKEN = "250 2.0.0 Ok"


@dataclass(frozen=True)
class Arrival:
    """A mail that was taken, with what its reader needs to answer it."""

    attempt: Attempt
    message_id: str
    subject: str
    # The link of List-Unsubscribe.
    unsubscribe_url: str


@dataclass
class Sink:
    """Listens on `port`. Addresses that begin with "refused" do not exist; "grey" ones are taken at the third try."""

    log: Path
    now: Callable[[], datetime]
    # What it says instead of taking a mail, at certain times; "" where it takes it.
    says: Callable[[datetime], str] = lambda _now: ""
    port: int = field(default_factory=free_port)
    # What came since it was last asked for.
    _arrivals: list[Arrival] = field(default_factory=list)
    _tries: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        # It warns of itself at each sign-in.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._controller = Controller(
            _Handler(self),
            hostname=HOST,
            port=self.port,
            authenticator=_welcome,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
        )
        self.log.touch()
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def arrivals(self) -> list[Arrival]:
        """Return what was taken since the last call."""
        with self._lock:
            arrived, self._arrivals = self._arrivals, []
        return arrived

    def answer_to(self, session: Session, envelope: Envelope, address: str) -> str:
        """Decide about a recipient; what is not taken is logged here."""
        with self._lock:
            self._tries[address] += 1
            answer = self.says(self.now())
            if address.startswith("refused"):
                answer = "550 5.1.1 No such user here"
            elif address.startswith("grey") and self._tries[address] <= _GREY_TRIES:
                answer = "451 4.7.1 Greylisted, come back later"
            if answer:
                self._write(session, envelope, address, "", int(answer[:3]))
        return answer

    def take(self, session: Session, envelope: Envelope) -> None:
        """Log a mail that is taken, once for each recipient."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        text = mail.get_body(("plain",))
        found = _MARK.search(text.get_content() if text is not None else "")
        with self._lock:
            for address in envelope.rcpt_tos:
                attempt = self._write(session, envelope, address, found[1] if found else "?", 250)
                self._arrivals.append(
                    Arrival(
                        attempt,
                        str(mail["Message-ID"]),
                        str(mail["Subject"]),
                        str(mail["List-Unsubscribe"]).partition("<")[2].partition(">")[0],
                    )
                )

    def _write(self, session: Session, envelope: Envelope, address: str, mark: str, reply_code: int) -> Attempt:
        sign_in = str(session.auth_data)
        attempt = Attempt(self.now(), sign_in, envelope.mail_from or "", address.lower(), mark, reply_code)
        with self.log.open("a", encoding="utf-8") as lines:
            lines.write(f"{written(attempt)}\n")
        return attempt


class _Handler:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._sink.answer_to(session, envelope, address)
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.to_thread(self._sink.take, session, envelope)
        return _TAKEN


def _welcome(server: SMTP, session: Session, envelope: Envelope, mechanism: str, credentials: object) -> AuthResult:
    """Let everybody in, under the name that they give."""
    assert isinstance(credentials, LoginPassword)
    return AuthResult(success=True, auth_data=credentials.login.decode())


_GREY_TRIES = 2
