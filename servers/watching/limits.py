"""How many connections may be held, counted over all processes."""

from collections import Counter
from dataclasses import dataclass, field

from servers.models import IncomingServer

# Of a login's few sessions (Gmail allows 15, some providers 3) one idles and one polls, never more.
Account = tuple[str, str]


@dataclass
class Room:
    """What is held by now; `take` says whether one more fits, and counts it."""

    per_host: int
    per_tenant: int
    by_host: Counter[str] = field(default_factory=Counter)
    by_tenant: Counter[int] = field(default_factory=Counter)
    accounts: set[Account] = field(default_factory=set)

    @property
    def full_hosts(self) -> list[str]:
        """The hosts, in lower case, to which nothing more may be opened."""
        return [host for host, count in self.by_host.items() if count >= self.per_host]

    @property
    def full_tenants(self) -> list[int]:
        """The tenants for which nothing more may be opened."""
        return [tenant_id for tenant_id, count in self.by_tenant.items() if count >= self.per_tenant]

    def is_held(self, server: IncomingServer) -> bool:
        """Tell whether this account is held already: two tenants may have the same."""
        return account_of(server) in self.accounts

    def take(self, server: IncomingServer) -> bool:
        """Count the server in; False when its host or its tenant has no room."""
        host, tenant_id = server.host.lower(), server.tenant_id
        if self.by_host[host] >= self.per_host or self.by_tenant[tenant_id] >= self.per_tenant:
            return False
        self.by_host[host] += 1
        self.by_tenant[tenant_id] += 1
        self.accounts.add(account_of(server))
        return True


def account_of(server: IncomingServer) -> Account:
    """Return host and user name as the server knows them."""
    return server.host.lower(), server.username


def fair_share(total: int, *, watcher_count: int) -> int:
    """Return how many of `total` servers each of the processes should hold."""
    return -(-total // max(watcher_count, 1))


def excess(held_count: int, *, share: int) -> int:
    """Return how many to give back: none while it is only a few, or they would wander without end."""
    tolerated = share + max(1, share // 20)
    return held_count - share if held_count > tolerated else 0
