"""What a discovery is about, what its sources find, and what is proposed in the end."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

from servers.discovery.providers import Provider
from servers.endpoints import SMTP, Endpoint, Protocol, Security
from servers.hostnames import InvalidHostname, valid_hostname

INCOMING_SERVICES = (Protocol.IMAP, Protocol.POP3)

_LONGEST_USERNAME = 254


class Source(TextChoices):
    """Where a part of the proposal comes from, the most trusted first."""

    BUILT_IN = "built_in", "from our own list of providers"
    MAIL_EXCHANGE = "mail_exchange", "from our own list of providers: this one takes the domain's mail"
    SRV = "srv", "from the domain's own DNS records"
    AUTOCONFIG = "autoconfig", "from the domain's own autoconfig"
    AUTODISCOVER = "autodiscover", "from the domain's own autodiscover"
    GUESS = "guess", "a usual name that answers; the domain itself says nothing about it"


# What the domain says by one way is as good as what it says by another.
TRUST: Mapping[Source, int] = {
    Source.BUILT_IN: 0,
    Source.MAIL_EXCHANGE: 1,
    Source.SRV: 2,
    Source.AUTOCONFIG: 2,
    Source.AUTODISCOVER: 3,
    Source.GUESS: 4,
}


class InvalidAddress(ValueError):
    """The text is not an address with a domain."""


@dataclass(frozen=True)
class Subject:
    """The address that is asked about; `domain` is in lower case and ASCII (RFC 5891)."""

    address: str
    local_part: str
    domain: str


@dataclass(frozen=True)
class FoundServer:
    """A server that may be the right one. `service` is imap, pop3 or smtp."""

    service: str
    endpoint: Endpoint
    username: str
    source: Source

    @property
    def is_encrypted(self) -> bool:
        return self.endpoint.security != Security.NONE

    @property
    def is_incoming(self) -> bool:
        return self.service != SMTP


@dataclass(frozen=True)
class Finding:
    """What one source found, and in words what it could not find out."""

    servers: tuple[FoundServer, ...] = ()
    failures: tuple[str, ...] = ()
    provider: Provider | None = None


@dataclass(frozen=True)
class Proposal:
    """The servers for an address, the best first in each direction; both are empty when nothing was found."""

    subject: Subject
    incoming: tuple[FoundServer, ...] = ()
    outgoing: tuple[FoundServer, ...] = ()
    provider: Provider | None = None
    failures: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.incoming or self.outgoing or self.provider)


def subject_of(address: str) -> Subject:
    """Take an address apart; raise InvalidAddress when there is nothing to ask about."""
    local_part, _, domain = address.strip().rpartition("@")
    try:
        name = valid_hostname(domain)
    except InvalidHostname as error:
        raise InvalidAddress("This is not an e-mail address.") from error
    if not local_part or "." not in name or not local_part.isprintable():
        raise InvalidAddress("This is not an e-mail address.")
    return Subject(f"{local_part}@{name}", local_part, name)


def username_from(pattern: str, subject: Subject) -> str:
    """Return the user name for Mozilla's placeholders; the address when that gives nothing usable."""
    username = (
        pattern.strip()
        .replace("%EMAILADDRESS%", subject.address)
        .replace("%EMAILLOCALPART%", subject.local_part)
        .replace("%EMAILDOMAIN%", subject.domain)
    )
    is_usable = 0 < len(username) <= _LONGEST_USERNAME and username.isprintable() and "%" not in username
    return username if is_usable else subject.address
