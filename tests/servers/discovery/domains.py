"""A domain with its name server, its web server and its mail servers, as far as a test gives it any."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_django import Settings

from servers.discovery.discover import discover
from servers.discovery.findings import FoundServer, Proposal
from servers.discovery.network import MOST_PROBES, Network
from tests.mailhub.lib.name_servers import NameServer, Records, name_server
from tests.mailhub.lib.web_servers import HERE, ScriptedInternet, web
from tests.servers.scripted import Script, ScriptedServer, scripted_server, server_context

ADDRESS = "ada@acme.example"

# Names for which the domain's certificate is valid.
_CERTIFIED = tuple(f"{label}acme.example" for label in ("", "autoconfig.", "autodiscover.", "imap.", "mail.", "smtp."))


@dataclass
class Domain:
    """The running servers of acme.example, and the way to them."""

    internet: ScriptedInternet
    name_server: NameServer
    servers: Mapping[int, ScriptedServer]

    def discover(self, address: str = ADDRESS, *, deadline: float = 8.0) -> Proposal:
        """Discover as the product does, in this internet."""
        return discover(address, deadline=deadline, network=self.network(deadline))

    def network(self, deadline: float = 8.0, most_probes: int = MOST_PROBES) -> Network:
        """Return a network whose look-ups are those of this internet."""
        return Network(deadline_seconds=deadline, most_probes=most_probes, resolve=self.internet.resolve)

    @property
    def connection_count(self) -> int:
        return sum(server.connection_count for server in self.servers.values())


@contextmanager
def domain(
    settings: Settings,
    directory: Path,
    *,
    records: Mapping[str, Records] | None = None,
    names: Mapping[str, list[str]] | None = None,
    pages: Mapping[str, bytes | Script] | bytes | None = None,
    listening: Mapping[int, Script] | None = None,
) -> Iterator[Domain]:
    """Serve what is given: DNS `records`, addresses of `names`, web `pages`, and scripts `listening` at ports.

    A host that is only named, and not connected to, may be at any port of 127.0.0.1 that mail servers use.
    """
    context = server_context(directory, settings, names=_CERTIFIED)
    settings.EGRESS_ALLOW = [f"{HERE}:{port}" for port in (143, 993, 110, 995, 25, 465, 587)]
    scripts = dict(listening or {})
    if pages is not None:
        scripts[443] = web(pages)
    with ExitStack() as stack:
        servers = {
            port: stack.enter_context(scripted_server(script, settings, context=context))
            for port, script in scripts.items()
        }
        answering = stack.enter_context(name_server(records or {}, settings))
        internet = ScriptedInternet(names or {}, {port: server.port for port, server in servers.items()})
        yield Domain(internet, answering, servers)


def places(servers: tuple[FoundServer, ...]) -> list[str]:
    """Return servers in a form that is easily compared: "imap imap.acme.example:993 tls"."""
    return [f"{one.service} {one.endpoint.host}:{one.endpoint.port} {one.endpoint.security}" for one in servers]
