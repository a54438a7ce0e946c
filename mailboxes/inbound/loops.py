"""Does a message go round in a circle (SECURITY B088)?"""

import re

# RFC 5321 §6.3 asks for at least 100 where a relay counts; nothing that is redirected by people passes 30 hosts.
MAX_RECEIVED = 30
# What the parser reads of the header section.
_HEADER_OCTETS = 256 * 1024

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_DELIVERED_TO = re.compile(rb"^(?:delivered-to|x-mailhub-delivered):[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def went_too_far(raw: bytes) -> bool:
    """Tell whether more hosts have had it than any honest way has."""
    headers = _headers(raw)
    return sum(1 for _found in _RECEIVED.finditer(headers)) > MAX_RECEIVED


def was_delivered_to(raw: bytes, addr_spec: str) -> bool:
    """Tell whether it says of itself that it was delivered to this address before, with any detail after a `+`."""
    wanted = _without_detail(addr_spec.encode("utf-8"))
    return any(_without_detail(found[1]) == wanted for found in _DELIVERED_TO.finditer(_headers(raw)))


def _without_detail(addr_spec: bytes) -> tuple[bytes, bytes]:
    local_part, _at, domain = addr_spec.strip().strip(b"<>").lower().rpartition(b"@")
    return local_part.partition(b"+")[0], domain


def _headers(raw: bytes) -> bytes:
    if raw.startswith((b"\r\n", b"\n")):
        return b""
    beginning = raw[:_HEADER_OCTETS]
    end = _END_OF_HEADERS.search(beginning)
    return beginning[: end.start()] if end else beginning
