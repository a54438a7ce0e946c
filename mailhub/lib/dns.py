"""Look-ups in the domain name system beyond addresses: mail exchanges, services, texts.

Addresses are looked up by egress control, because what is looked up there is connected to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.nameserver
import dns.rdtypes.ANY.MX
import dns.rdtypes.ANY.TXT
import dns.rdtypes.IN.SRV
import dns.resolver
from django.conf import settings

_TIMEOUT = 5.0


class DnsFailure(Exception):
    """We did not learn whether there is a record; `words` say why."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name
        self.words = words


@dataclass(frozen=True)
class MailExchange:
    """A host that takes mail for a domain (RFC 5321 §5.1). The host "" says that none does (RFC 7505)."""

    preference: int
    host: str


@dataclass(frozen=True)
class Service:
    """A host and port that offer a service (RFC 2782). The host "" says that the service is not offered."""

    priority: int
    weight: int
    port: int
    host: str


def mail_exchanges(domain: str, *, timeout: float = _TIMEOUT) -> list[MailExchange]:
    """Return the MX records, the most preferred first; none when there are none. Raises DnsFailure."""
    records = [
        MailExchange(record.preference, _host(record.exchange))
        for record in _answers(domain, "MX", timeout)
        if isinstance(record, dns.rdtypes.ANY.MX.MX)
    ]
    return sorted(records, key=lambda record: (record.preference, record.host))


def services(name: str, *, timeout: float = _TIMEOUT) -> list[Service]:
    """Return the SRV records, the one to try first in front; none when there are none. Raises DnsFailure."""
    records = [
        Service(record.priority, record.weight, record.port, _host(record.target))
        for record in _answers(name, "SRV", timeout)
        if isinstance(record, dns.rdtypes.IN.SRV.SRV)
    ]
    return sorted(records, key=lambda record: (record.priority, -record.weight, record.host, record.port))


def texts(name: str, *, timeout: float = _TIMEOUT) -> list[str]:
    """Return the TXT records, the strings of each joined (RFC 7208 §3.3), in no order. Raises DnsFailure."""
    return [
        b"".join(record.strings).decode("utf-8", "replace")
        for record in _answers(name, "TXT", timeout)
        if isinstance(record, dns.rdtypes.ANY.TXT.TXT)
    ]


def _answers(name: str, record_type: str, timeout: float) -> Sequence[Any]:
    try:
        answer = _resolver().resolve(name, record_type, lifetime=max(timeout, 0.001), search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.Timeout:
        raise DnsFailure(name, "The name server did not answer in time.") from None
    except dns.resolver.NoNameservers:
        raise DnsFailure(name, "The name server could not answer.") from None
    except (dns.exception.DNSException, UnicodeError, OSError):
        raise DnsFailure(name, "This could not be looked up.") from None
    return list(answer)


def _resolver() -> dns.resolver.Resolver:
    """Return a resolver that asks `DNS_SERVERS` ("address:port" entries), or the system's name servers."""
    entries: Sequence[str] = getattr(settings, "DNS_SERVERS", ())
    resolver = dns.resolver.Resolver(configure=not entries)
    if entries:
        resolver.nameservers = [_name_server(entry) for entry in entries]
    return resolver


def _name_server(entry: str) -> dns.nameserver.Do53Nameserver:
    address, _, port = entry.rpartition(":")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))


def _host(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")
