"""How many connections, and how much mail for one mailbox and one tenant (SECURITY B140).

Counted in this process. Where several listen, each has the whole limit.
"""

import ipaddress
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

# Idle buckets are forgotten when there are this many.
_MANY_BUCKETS = 10_000
_SECONDS = 60.0
# What one customer of a provider gets: whoever has one address of it has all.
_IPV6_PREFIX = 64


class Connections:
    """The open connections, in all and from each client."""

    def __init__(self, *, most: int, most_per_client: int) -> None:
        self._most = most
        self._most_per_client = most_per_client
        self._clients: Counter[str] = Counter()

    @property
    def count(self) -> int:
        return self._clients.total()

    def enter(self, client: str, *, is_trusted: bool) -> bool:
        """Count a connection; False, and nothing, when there are too many. A trusted client has no limit of its own."""
        if self.count >= self._most or (not is_trusted and self._clients[client] >= self._most_per_client):
            return False
        self._clients[client] += 1
        return True

    def leave(self, client: str) -> None:
        self._clients[client] -= 1
        if not self._clients[client]:
            del self._clients[client]


def client_of(address: str) -> str:
    """Return what counts as one client: an IPv4 address, a network of IPv6 addresses, or "" for a local socket."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, _IPV6_PREFIX), strict=False))
    return str(ip)


@dataclass(slots=True)
class _Bucket:
    """So many messages may come at once, and as many again within a minute."""

    messages: float
    filled_at: float


class Rates:
    """Messages a minute, for each mailbox and for each tenant."""

    def __init__(self, *, per_mailbox: int, per_tenant: int) -> None:
        self._per_mailbox = per_mailbox
        self._per_tenant = per_tenant
        self._buckets: dict[int | UUID, _Bucket] = {}

    def take(self, tenant_id: int, mailbox_id: UUID, *, now: float) -> bool:
        """Count one message at `now` (monotonic seconds); False, and nothing, when it would be one too many."""
        self._forget_idle(now)
        buckets = [
            self._filled(mailbox_id, self._per_mailbox, now),
            self._filled(tenant_id, self._per_tenant, now),
        ]
        if any(bucket.messages < 1 for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.messages -= 1
        return True

    def _filled(self, key: int | UUID, most: int, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.messages = min(most, bucket.messages + (now - bucket.filled_at) * most / _SECONDS)
        bucket.filled_at = now
        return bucket

    def _forget_idle(self, now: float) -> None:
        """A bucket that nobody touched for a minute is full again, so it need not be kept."""
        if len(self._buckets) >= _MANY_BUCKETS:
            self._buckets = {key: one for key, one in self._buckets.items() if now - one.filled_at < _SECONDS}
