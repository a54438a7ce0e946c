"""HTTP requests to the outside: one request, one connection, one answer (SECURITY TC1).

The connection goes through egress control: the host is looked up once, all its addresses are checked, and the socket is
pinned to a checked one, while TLS and the Host header keep the name. Redirects are not followed, since each could
lead inside, and neither proxies nor passwords are taken from the environment.
"""

import json as json_module
import ssl
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import httpcore
import httpx
from django.conf import settings

from mailhub.lib import egress

HTTPS_ONLY: Collection[str] = ("https",)
PORTS = {"https": 443, "http": 80}

_TIMEOUT = 15.0
_MOST_BYTES = 1024 * 1024

# What status line, header and framing may take beside the body.
_MOST_OVERHEAD = 64 * 1024

_LIBRARY_ERRORS = (httpx.InvalidURL, httpx.HTTPError, httpcore.ProtocolError, httpcore.NetworkError)


class Problem(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"  # Egress control does not connect there.
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    TOO_LARGE = "too_large"
    PROTOCOL = "protocol"


class HttpFailure(Exception):
    """There is no answer that could be used; `words` say why in one sentence, without quoting the other side."""

    def __init__(self, problem: Problem, words: str) -> None:
        super().__init__(words)
        self.problem = problem
        self.words = words


@dataclass(frozen=True)
class Response:
    """An answer of any status. The names in `headers` are in lower case; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body as JSON; raise HttpFailure when it is none."""
        try:
            return json_module.loads(self.body)
        except (ValueError, RecursionError):
            raise HttpFailure(Problem.PROTOCOL, "The answer is not JSON.") from None


class Resolve(Protocol):
    """What `egress.resolve` promises."""

    def __call__(
        self, host: str, port: int, *, timeout: float, ports: Collection[int] | None = None, is_trusted: bool = False
    ) -> egress.Target: ...


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | bytes | None = None,
    json: Any = None,
    timeout: float = _TIMEOUT,
    max_bytes: int = _MOST_BYTES,
    schemes: Collection[str] = HTTPS_ONLY,
    is_trusted: bool = False,
    resolve: Resolve = egress.resolve,
) -> Response:
    """Send one request and return the answer, whatever its status; all of it within `timeout` seconds.

    `data` is a form (a mapping) or a body as it is; `json` is sent as JSON. `max_bytes` limits the body, packed and
    unpacked. `is_trusted` says that the operator named this host in the settings, so that it may be inside and on any
    port. Never set it for what a tenant typed.

    Raises HttpFailure.
    """
    ends_at = time.monotonic() + timeout
    doorway = _Doorway(ends_at, budget=max_bytes + _MOST_OVERHEAD, is_trusted=is_trusted, resolve=resolve)
    try:
        prepared = _prepared(method, url, headers or {}, data, json, schemes)
        with httpx.Client(transport=_Transport(doorway), trust_env=False, follow_redirects=False) as client:
            answer = client.send(prepared, stream=True, auth=None)
            body = _body(answer, max_bytes)
    except (OSError, UnicodeError, *_LIBRARY_ERRORS) as error:
        raise _failure(error) from error
    return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


def _prepared(
    method: str,
    url: str,
    headers: Mapping[str, str],
    data: Mapping[str, str] | bytes | None,
    json: Any,
    schemes: Collection[str],
) -> httpx.Request:
    target = httpx.URL(url)
    if target.scheme not in schemes or target.scheme not in PORTS or not target.host:
        raise HttpFailure(Problem.REFUSED, f"The address does not begin with {' or '.join(schemes)}://.")
    if target.userinfo:
        raise HttpFailure(Problem.REFUSED, "The address contains a user name.")
    # Packed answers are not asked for; some servers send them all the same.
    own = {"Accept-Encoding": "identity", "User-Agent": "mailhub", **headers}
    if isinstance(data, bytes):
        return httpx.Request(method, target, headers=own, content=data)
    return httpx.Request(method, target, headers=own, data=data, json=json)


class _Transport(httpx.BaseTransport):
    """Sends one request over a connection from egress control."""

    def __init__(self, doorway: "_Doorway") -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=_context(_extra_ca_file()), network_backend=doorway)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(request.method, url, headers=request.headers.raw, content=request.stream)
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    """The body as it comes from the connection, still packed."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._answer.stream, Iterable)
        yield from self._answer.stream

    def close(self) -> None:
        self._answer.close()


class _Doorway(httpcore.NetworkBackend):
    """Opens the connections of one request; what httpcore wishes for time-outs gives way to the deadline."""

    def __init__(self, ends_at: float, *, budget: int, is_trusted: bool, resolve: Resolve) -> None:
        self._ends_at = ends_at
        self._budget = budget
        self._is_trusted = is_trusted
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        target = self._resolve(host, port, timeout=self.remaining(), ports=PORTS.values(), is_trusted=self._is_trusted)
        return _Connection(egress.connect_to(target, timeout=self.remaining()), self)

    def remaining(self) -> float:
        """Return the seconds that are left; raise TimeoutError when there are none."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("The server took too long.")
        return remaining

    def charge(self, octets: int) -> None:
        """Count what arrived; raise HttpFailure when it is more than was asked for."""
        self._budget -= octets
        if self._budget < 0:
            raise _too_large()


class _Connection(httpcore.NetworkStream):
    """A socket whose every step gets the time that is left, and whose octets are counted."""

    def __init__(self, sock: egress.Socket, doorway: _Doorway) -> None:
        self._sock = sock
        self._doorway = doorway

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(self._doorway.remaining())
        octets = self._sock.recv(max_bytes)
        self._doorway.charge(len(octets))
        return octets

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._sock.settimeout(self._doorway.remaining())
            view = view[self._sock.send(view) :]

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(self._doorway.remaining())
            secured = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except BaseException:
            self._sock.close()
            raise
        return _Connection(secured, self._doorway)

    def get_extra_info(self, info: str) -> Any:
        return self._sock if info == "socket" else None


def _body(answer: httpx.Response, max_bytes: int) -> bytes:
    """Read the body and unpack it with a limit: a kilobyte of gzip can hold a megabyte of nothing."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in _WINDOW_BITS:
        raise HttpFailure(Problem.PROTOCOL, "The answer is packed in a way that was not asked for.")
    packed = b""
    for piece in answer.iter_raw():
        packed += piece
        if len(packed) > max_bytes:
            raise _too_large()
    window_bits = _WINDOW_BITS[encoding]
    return packed if window_bits is None else _unpacked(packed, window_bits, max_bytes)


def _unpacked(packed: bytes, window_bits: int, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(window_bits)
    try:
        body = unpacker.decompress(packed, max_bytes + 1)
    except zlib.error:
        raise _damaged() from None
    if len(body) > max_bytes:
        raise _too_large()
    if packed and not unpacker.eof:
        raise _damaged()
    return body


# RFC 9110 §8.4.1 by the `wbits` of zlib; None is not packed at all.
_WINDOW_BITS: dict[str, int | None] = {
    "identity": None,
    "": None,
    "gzip": 16 + zlib.MAX_WBITS,
    "x-gzip": 16 + zlib.MAX_WBITS,
    "deflate": zlib.MAX_WBITS,
}


def _too_large() -> HttpFailure:
    return HttpFailure(Problem.TOO_LARGE, "The answer is larger than it may be.")


def _damaged() -> HttpFailure:
    return HttpFailure(Problem.PROTOCOL, "The packed answer is damaged.")


def _failure(error: Exception) -> HttpFailure:
    if isinstance(error, egress.EgressRefused):
        return HttpFailure(Problem.REFUSED, str(error))
    if isinstance(error, egress.NameNotResolved):
        return HttpFailure(Problem.UNRESOLVED, str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return HttpFailure(Problem.CERTIFICATE, f"The certificate is not valid: {error.verify_message}.")
    if isinstance(error, ssl.SSLError):
        return HttpFailure(Problem.UNREACHABLE, "The encrypted connection failed.")
    if isinstance(error, TimeoutError):
        return HttpFailure(Problem.TIMEOUT, "The server did not answer in time.")
    if isinstance(error, OSError):
        return HttpFailure(Problem.UNREACHABLE, error.strerror or "The connection failed.")
    if isinstance(error, httpx.InvalidURL | UnicodeError):
        return HttpFailure(Problem.REFUSED, "This is not a web address.")
    return HttpFailure(Problem.PROTOCOL, "The server does not answer as web servers do.")


def _extra_ca_file() -> str:
    return getattr(settings, "MAILHUB_EXTRA_CA_FILE", "")


@lru_cache(maxsize=8)
def _context(extra_ca_file: str) -> ssl.SSLContext:
    """Return the context that all requests share; mail servers have their own, without the protocol names of HTTP."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if extra_ca_file:
        context.load_verify_locations(cafile=extra_ca_file)
    return context
