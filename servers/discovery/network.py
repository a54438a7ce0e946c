"""What a discovery asks the network: counted, within one deadline, and only through egress control.

The domain is typed by anybody, so each question is one that a stranger has us ask (SECURITY TC1).
"""

import ssl
import threading
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from mailhub.lib import dns, egress, http
from servers.discovery.findings import FoundServer
from servers.endpoints import ALLOWED_PORTS, SMTP, Endpoint, Protocol, Security
from servers.wire import BudgetExceeded, Deadline, Wire

# Look-ups, requests and connections together.
MOST_PROBES = 50

_LONGEST_LOOK_UP = 3.0
_LONGEST_REQUEST = 6.0
_LONGEST_CONNECTION = 3.0
_MOST_BYTES = 256 * 1024
_MOST_GREETING = 4096

# The beginning of what a server of each kind says first (RFC 3501 §7.1, RFC 1939 §3, RFC 5321 §4.3.1).
_GREETINGS: dict[str, bytes] = {Protocol.IMAP: b"* OK", Protocol.POP3: b"+OK", SMTP: b"220"}

_Answer = TypeVar("_Answer")


class ProbeFailed(Exception):
    """A question has no answer, and nobody knows what it would be; the message says why, for people."""


class NotThere(Exception):
    """The answer is that nothing of this kind is there."""


class NoSuchName(NotThere):
    """The name has no address."""


class Network:
    """The questions of one discovery. Threads share it."""

    def __init__(
        self, *, deadline_seconds: float, most_probes: int = MOST_PROBES, resolve: http.Resolve = egress.resolve
    ) -> None:
        self._deadline = Deadline(deadline_seconds)
        self._lock = threading.Lock()
        self._left = most_probes
        self._most_probes = most_probes
        self._is_stopped = False
        self._resolve = resolve

    @property
    def probe_count(self) -> int:
        """How many questions were asked."""
        return self._most_probes - self._left

    def stop(self) -> None:
        """Let no further question be asked, because the answer is known."""
        self._is_stopped = True

    def mail_exchanges(self, domain: str) -> list[dns.MailExchange]:
        """Return the domain's MX records; raise ProbeFailed when they are unknown."""
        return self._looked_up(lambda timeout: dns.mail_exchanges(domain, timeout=timeout))

    def services(self, name: str) -> list[dns.Service]:
        """Return SRV records; raise ProbeFailed when they are unknown."""
        return self._looked_up(lambda timeout: dns.services(name, timeout=timeout))

    def fetch(self, method: str, url: str, *, body: bytes | None = None, content_type: str = "") -> http.Response:
        """Send a request; raise NotThere when the host has no address, else ProbeFailed when there is no answer."""
        timeout = self._allowance(_LONGEST_REQUEST)
        headers = {"Content-Type": content_type} if content_type else {}
        try:
            return http.request(
                method, url, data=body, headers=headers, timeout=timeout, max_bytes=_MOST_BYTES, resolve=self._resolve
            )
        except http.HttpFailure as failure:
            if failure.problem in {http.Problem.UNRESOLVED, http.Problem.UNREACHABLE}:
                raise NotThere from failure
            if failure.problem == http.Problem.REFUSED:
                raise ProbeFailed(failure.words) from failure
            raise ProbeFailed(f"{urlsplit(url).hostname}: {failure.words}") from failure

    def require_public(self, server: FoundServer) -> None:
        """Make sure that a server that somebody names is on the internet, without connecting to it (SECURITY B015).

        Raises NotThere or ProbeFailed.
        """
        self._target(server.service, server.endpoint, self._allowance(_LONGEST_LOOK_UP))

    def require_greeting(self, service: str, endpoint: Endpoint) -> None:
        """Make sure that a server of this kind answers, with a valid certificate where TLS comes first.

        Raises NotThere or ProbeFailed.
        """
        deadline = Deadline(self._allowance(_LONGEST_CONNECTION))
        target = self._target(service, endpoint, deadline.remaining())
        try:
            sock = egress.connect_to(target, timeout=deadline.remaining())
        except egress.EgressRefused as error:
            raise ProbeFailed(str(error)) from error
        except OSError as error:
            raise NotThere from error
        wire = Wire(sock, endpoint.host, deadline=deadline, budget=_MOST_GREETING)
        try:
            if endpoint.security == Security.TLS:
                wire.start_tls()
            expected = _GREETINGS[service]
            if wire.makefile("rb").read(len(expected)) != expected:
                raise NotThere
        except ssl.SSLCertVerificationError as error:
            raise ProbeFailed(f"{endpoint.host} answers, but its certificate is not valid for that name.") from error
        except (OSError, BudgetExceeded) as error:
            raise NotThere from error
        finally:
            wire.close()

    def _target(self, service: str, endpoint: Endpoint, timeout: float) -> egress.Target:
        try:
            return self._resolve(endpoint.host, endpoint.port, timeout=timeout, ports=ALLOWED_PORTS[service])
        except egress.NameNotResolved as error:
            raise NoSuchName from error
        except TimeoutError as error:
            raise ProbeFailed(f"Looking up {endpoint.host} took too long.") from error
        except egress.EgressRefused as error:
            raise ProbeFailed(str(error)) from error

    def _looked_up(self, look_up: Callable[[float], _Answer]) -> _Answer:
        timeout = self._allowance(_LONGEST_LOOK_UP)
        try:
            return look_up(timeout)
        except dns.DnsFailure as failure:
            raise ProbeFailed(failure.words) from failure

    def _allowance(self, longest: float) -> float:
        """Count one question and return the seconds that it may take; raise ProbeFailed when it may not be asked."""
        if self._is_stopped:
            raise ProbeFailed("The search was over.")
        try:
            remaining = self._deadline.remaining()
        except TimeoutError:
            raise ProbeFailed("There was no time left.") from None
        with self._lock:
            if self._left <= 0:
                raise ProbeFailed(f"The search ended after {self._most_probes} questions.")
            self._left -= 1
        return min(remaining, longest)
