"""Checks what others name as mail servers before it is proposed (SECURITY B014, B015)."""

from collections.abc import Sequence
from dataclasses import replace

from servers.discovery.findings import Finding, FoundServer
from servers.discovery.network import Network, NotThere, ProbeFailed
from servers.endpoints import ALLOWED_PORTS
from servers.hostnames import InvalidHostname, valid_hostname

# Of one source; a longer list would only use up the questions.
_MOST_SERVERS = 4


def vetted(servers: Sequence[FoundServer], network: Network) -> Finding:
    """Return those with a public host and an allowed port, and say why others are left out."""
    accepted, failures = [], []
    for server in servers[:_MOST_SERVERS]:
        try:
            accepted.append(_vetted(server, network))
        except ProbeFailed as failure:
            failures.append(str(failure))
        except NotThere:
            failures.append(f"{server.endpoint.host} is named as a server, but the name has no address.")
    return Finding(tuple(accepted), tuple(failures))


def _vetted(server: FoundServer, network: Network) -> FoundServer:
    try:
        host = valid_hostname(server.endpoint.host)
    except InvalidHostname:
        raise ProbeFailed("What is named as a server is not the name of a host.") from None
    port = server.endpoint.port
    if port not in ALLOWED_PORTS[server.service]:
        raise ProbeFailed(f"{host} is named with port {port}, which is not a port for this kind of server.")
    checked = replace(server, endpoint=replace(server.endpoint, host=host))
    network.require_public(checked)
    return checked
