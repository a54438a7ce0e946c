"""The PROXY protocol, version 1: a proxy in front says in its first line who the client is."""

import ipaddress

from mailboxes.inbound.wire import BareLineFeed, Disconnected, LineTooLong, Wire

_SECONDS = 10.0


async def read_client(wire: Wire) -> str:
    """Return the address of the client behind the proxy; raise Disconnected when the line is missing or wrong.

    Raises TimeoutError too. "" when the proxy does not know, as in its own health checks.
    """
    try:
        line = await wire.read_line(seconds=_SECONDS)
    except (LineTooLong, BareLineFeed) as error:
        raise Disconnected from error
    match line.decode("ascii", "replace").split(" "):
        case ["PROXY", "TCP4" | "TCP6", client, _server, _client_port, _server_port] if _is_address(client):
            return client
        case ["PROXY", "UNKNOWN", *_]:
            return ""
    raise Disconnected


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
