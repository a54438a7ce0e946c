"""Where nothing is said: who takes the domain's mail, and the usual names of servers."""

from servers.discovery import known
from servers.discovery.findings import Finding, FoundServer, Source, Subject
from servers.discovery.network import Network, NoSuchName, NotThere, ProbeFailed
from servers.endpoints import SMTP, Endpoint, Protocol, Security

# Of each service, in the order in which they are tried.
USUAL_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (Protocol.IMAP, ("imap", "mail")),
    (Protocol.POP3, ("pop", "pop3", "mail")),
    (SMTP, ("smtp", "mail")),
)

# Encrypted ones only: what is guessed must not show a password to a stranger.
_USUAL_PORTS: dict[str, tuple[tuple[int, Security], ...]] = {
    Protocol.IMAP: ((993, Security.TLS), (143, Security.STARTTLS)),
    Protocol.POP3: ((995, Security.TLS), (110, Security.STARTTLS)),
    SMTP: ((465, Security.TLS), (587, Security.STARTTLS)),
}


def find_provider(subject: Subject, network: Network) -> Finding:
    """Return the provider that takes the domain's mail, if it is one of the table; raise ProbeFailed."""
    for exchange in network.mail_exchanges(subject.domain):
        provider = known.find_by_exchange(exchange.host)
        if provider is not None:
            return Finding(provider=provider)
    return Finding()


def guess(service: str, labels: tuple[str, ...], subject: Subject, network: Network) -> Finding:
    """Return the first server of this kind that answers under a usual name."""
    failures: list[str] = []
    absent: set[str] = set()
    for port, security in _USUAL_PORTS[service]:
        for host in (f"{label}.{subject.domain}" for label in labels):
            if host in absent:
                continue
            endpoint = Endpoint(host, port, security)
            try:
                network.require_greeting(service, endpoint)
            except NoSuchName:
                absent.add(host)
            except NotThere:
                continue
            except ProbeFailed as failure:
                failures.append(str(failure))
            else:
                return Finding((FoundServer(service, endpoint, subject.address, Source.GUESS),))
    return Finding(failures=tuple(failures))
