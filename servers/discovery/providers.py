"""Large providers: which one keeps the mail of a domain, where its servers are, and what is peculiar to it."""

from dataclasses import dataclass
from enum import Enum

from servers.endpoints import DEFAULT_PORTS, SMTP, Endpoint, Protocol, Security


class UsernameForm(Enum):
    """What a provider takes as user name."""

    ADDRESS = "address"
    LOCAL_PART = "local_part"


@dataclass(frozen=True)
class Provider:
    """One provider. A server that it does not offer is None; `notes` are sentences for the person who sets it up.

    `exchanges` are endings of the names of its mail exchanges. `oauth` names whose consent signs in where passwords
    do not: "google" or "microsoft". `saves_sent` says that what is sent through its server is in its folder of sent
    mail without our doing. `spf_include` and `dkim_selectors` are what it has its customers publish.
    """

    name: str
    domains: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    imap: Endpoint | None = None
    pop3: Endpoint | None = None
    smtp: Endpoint | None = None
    imap_username: UsernameForm = UsernameForm.ADDRESS
    notes: tuple[str, ...] = ()
    oauth: str = ""
    saves_sent: bool = False
    spf_include: str = ""
    dkim_selectors: tuple[str, ...] = ()

    def endpoints(self) -> list[tuple[str, Endpoint]]:
        """Return what it offers, with imap, pop3 or smtp in front of each."""
        offers = [(Protocol.IMAP, self.imap), (Protocol.POP3, self.pop3), (SMTP, self.smtp)]
        return [(str(service), endpoint) for service, endpoint in offers if endpoint is not None]

    def has_exchange(self, host: str) -> bool:
        """Tell whether mail for the host `host` is mail for this provider."""
        return any(host == ending or host.endswith(f".{ending}") for ending in self.exchanges)


def imap(host: str) -> Endpoint:
    """Return an IMAP server with TLS at the usual port."""
    return _usual(Protocol.IMAP, host, Security.TLS)


def pop3(host: str) -> Endpoint:
    """Return a POP3 server with TLS at the usual port."""
    return _usual(Protocol.POP3, host, Security.TLS)


def smtp(host: str) -> Endpoint:
    """Return an SMTP server with TLS at the usual port."""
    return _usual(SMTP, host, Security.TLS)


def smtp_starttls(host: str) -> Endpoint:
    """Return an SMTP server with STARTTLS at the usual port."""
    return _usual(SMTP, host, Security.STARTTLS)


def _usual(service: str, host: str, security: Security) -> Endpoint:
    return Endpoint(host, DEFAULT_PORTS[service, security], security)
