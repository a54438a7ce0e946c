"""The only door to the outside: every host that a tenant names is checked here before a socket is opened.

A name is resolved once, all its addresses are checked, the socket goes to a checked address, and the peer is
checked again (SECURITY TC1). What the text of the host looks like does not matter, because resolvers read
`0177.0.0.1`, `2130706433` and `①②⑦.0.0.1` as 127.0.0.1.
"""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

# For those who must name the type of what they are handed.
Socket = socket.socket

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# More addresses of one name are not tried: a name with hundreds of them would hold the worker.
_MOST_ADDRESSES = 6

# Python 3.11 calls these global, although nobody's mail server lives there.
_DENIED_IPV4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "168.63.129.16/32",  # Azure's platform address
    )
)

# The only block from which global unicast addresses are given out. Outside of it are loopback, IPv4-compatible
# and translated addresses (::/96, 64:ff9b::/96), unique local, link-local, site-local and multicast.
_UNICAST_IPV6 = ipaddress.IPv6Network("2000::/3")
_DENIED_IPV6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, with Teredo (RFC 4380), ORCHID and benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)


class EgressRefused(OSError):
    """We do not connect there. `reason` is `address` or `port`; the message names nothing but what the user typed."""

    def __init__(self, host: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.host = host
        self.reason = reason


class NameNotResolved(OSError):
    """The name has no address, in the resolver's words."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(message)
        self.host = host


class Resolver(Protocol):
    """What `socket.getaddrinfo` promises, as far as we use it."""

    def __call__(self, host: str, port: int, *, type: int) -> Sequence[tuple[Any, ...]]: ...  # noqa: A002 (its name)


@dataclass(frozen=True)
class Target:
    """Checked addresses of one host and port, in the resolver's order."""

    host: str
    port: int
    addresses: tuple[IpAddress, ...]


def connect(
    host: str,
    port: int,
    *,
    timeout: float,
    ports: Collection[int] | None = None,
    resolver: Resolver = socket.getaddrinfo,
) -> socket.socket:
    """Return a connected TCP socket to a public address of `host`, within `timeout` seconds.

    `ports` restricts the ports; an `EGRESS_ALLOW` entry for exactly this address and port opens both checks.

    Raises EgressRefused, NameNotResolved, TimeoutError, or the OSError of the last address that was tried.
    """
    ends_at = time.monotonic() + timeout
    target = resolve(host, port, timeout=timeout, ports=ports, resolver=resolver)
    return connect_to(target, timeout=ends_at - time.monotonic())


def resolve(
    host: str,
    port: int,
    *,
    timeout: float,
    ports: Collection[int] | None = None,
    is_trusted: bool = False,
    resolver: Resolver = socket.getaddrinfo,
) -> Target:
    """Look `host` up once and return its addresses; one bad address refuses all of them (SECURITY B011).

    `is_trusted` says that the operator named this host in the settings, where an inner network is all right. Never set
    it for what a tenant typed.

    Raises EgressRefused, NameNotResolved or TimeoutError.
    """
    allowed = _allowed_targets()
    port_is_open = is_trusted or ports is None or port in ports or port in settings.EGRESS_PORTS
    if not port_is_open and not any(allowed_port == port for _, allowed_port in allowed):
        raise _port_refused(host, port)

    addresses = _addresses_of(host, port, timeout, resolver)
    for address in () if is_trusted else addresses:
        if (address, port) in allowed:
            continue
        if not port_is_open:
            raise _port_refused(host, port)
        if not is_public(address) or _is_our_own(address):
            raise _address_refused(host)
    return Target(host, port, addresses[:_MOST_ADDRESSES])


def connect_to(target: Target, *, timeout: float) -> socket.socket:
    """Return a socket connected to the first address of `target` that answers, within `timeout` seconds.

    Raises EgressRefused, TimeoutError, or the OSError of the last address that was tried.
    """
    ends_at = time.monotonic() + timeout
    last_error: OSError | None = None
    for index, address in enumerate(target.addresses):
        remaining = ends_at - time.monotonic()
        if remaining <= 0:
            break
        # The time is shared out, so that one silent address leaves some for the others.
        share = remaining / (len(target.addresses) - index)
        try:
            return _connect_one(target, address, share)
        except EgressRefused:
            raise
        except OSError as error:
            last_error = error
    raise last_error or TimeoutError("The connection timed out.")


def is_public(address: IpAddress) -> bool:
    """Tell whether `address` is an ordinary unicast address of the internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _UNICAST_IPV6 or any(address in network for network in _DENIED_IPV6):
            return False
        return address.is_global
    if address.is_multicast or any(address in network for network in _DENIED_IPV4):
        return False
    return address.is_global


def _allowed_targets() -> set[tuple[IpAddress, int]]:
    """Read `EGRESS_ALLOW`: exact `address:port` entries, IPv6 in brackets (demonstration and tests only)."""
    entries: Iterable[str] = getattr(settings, "EGRESS_ALLOW", ())
    allowed = set()
    for entry in entries:
        address, _, port = entry.rpartition(":")
        allowed.add((ipaddress.ip_address(address.strip("[]")), int(port)))
    return allowed


def _addresses_of(host: str, port: int, timeout: float, resolver: Resolver) -> tuple[IpAddress, ...]:
    """Resolve in a thread of its own: the system's resolver knows no deadline (a dead one takes half a minute)."""
    name = host.strip().removeprefix("[").removesuffix("]").removesuffix(".")
    if not name:
        raise NameNotResolved(host, "The host name is empty.")
    answers: list[Sequence[tuple[Any, ...]]] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            answers.append(resolver(name, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:  # UnicodeError and "embedded null" are ValueErrors
            failures.append(error)

    thread = threading.Thread(target=look_up, name="egress-resolve", daemon=True)
    thread.start()
    thread.join(max(timeout, 0))
    if failures:
        raise NameNotResolved(host, _resolver_words(failures[0])) from failures[0]
    if not answers:
        raise TimeoutError("The name server did not answer in time.")

    addresses = tuple(dict.fromkeys(_address(answer[4][0]) for answer in answers[0]))
    if not addresses:
        raise NameNotResolved(host, "The name has no address.")
    return addresses


def _resolver_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "This is not a host name."


def _address(text: str) -> IpAddress:
    # "fe80::1%eth0": a zone is never public, and the address alone says so.
    return ipaddress.ip_address(text.partition("%")[0])


def _is_our_own(address: IpAddress) -> bool:
    """Tell whether a public address belongs to this machine: the kernel then answers from that same address."""
    with contextlib.closing(socket.socket(_family(address), socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect((str(address), 9))  # UDP: nothing is sent
        except OSError:
            return False
        return _address(probe.getsockname()[0]) == address


def _connect_one(target: Target, address: IpAddress, timeout: float) -> socket.socket:
    sock = socket.socket(_family(address), socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect((str(address), target.port))
        if _address(sock.getpeername()[0]) != address:
            raise _address_refused(target.host)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _family(address: IpAddress) -> socket.AddressFamily:
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def _address_refused(host: str) -> EgressRefused:
    return EgressRefused(host, "address", f"{host} is not a host on the public internet.")


def _port_refused(host: str, port: int) -> EgressRefused:
    return EgressRefused(host, "port", f"Port {port} is not a port for this kind of server.")
