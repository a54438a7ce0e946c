"""A name server that answers from a table, by UDP on 127.0.0.1."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from pytest_django import Settings

# What a table may give instead of records.
SILENT, SERVFAIL = "silent", "servfail"

Records = Sequence[str] | str


@dataclass
class NameServer:
    """A running name server: its port, and the questions that it was asked, as "name type"."""

    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def name_server(table: Mapping[str, Records], settings: Settings, *, delay_seconds: float = 0) -> Iterator[NameServer]:
    """Answer "name type" from `table` with records, SILENT or SERVFAIL; all other names do not exist."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    server = NameServer(listener.getsockname()[1])
    settings.DNS_SERVERS = [f"127.0.0.1:{server.port}"]

    def serve() -> None:
        while True:
            octets, client = listener.recvfrom(4096)
            if not octets:
                return
            answer = _answer(octets, table, server)
            if answer is not None:
                time.sleep(delay_seconds)
                listener.sendto(answer, client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
            last.sendto(b"", ("127.0.0.1", server.port))
        thread.join(5)
        listener.close()


def _answer(octets: bytes, table: Mapping[str, Records], server: NameServer) -> bytes | None:
    query = dns.message.from_wire(octets)
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    key = f"{name} {dns.rdatatype.to_text(question.rdtype)}"
    server.asked.append(key)
    records = table.get(key)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if records == SILENT:
        return None
    if records == SERVFAIL:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif records:
        answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, records))
    elif not any(known.startswith(f"{name} ") for known in table):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()
