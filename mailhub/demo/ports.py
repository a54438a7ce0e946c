"""Ports on 127.0.0.1 that stay the same from start to start, because saved mail servers name them."""

import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
# Below the range from which systems take ports for outgoing connections, so a kept port is rarely taken.
_RANGE = range(20_000, 30_000)


def keep(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Return a free port for each name: the kept one, or a new one if there is none or it is taken."""
    kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = kept.get(name)
        ports[name] = port if port is not None and is_free(port) else _choose(set(ports.values()))
    path.write_text(json.dumps(ports, indent=2) + "\n")
    return ports


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        # What a server sets too: connections in TIME_WAIT do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Tell whether a server answers on the port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _choose(taken: set[int]) -> int:
    candidates = random.sample(_RANGE, 200)
    return next(port for port in candidates if port not in taken and is_free(port))
