"""DNS SRV records that name mail servers (RFC 6186, RFC 8314 §5.1)."""

from servers.discovery.findings import Finding, FoundServer, Source, Subject
from servers.discovery.network import Network
from servers.discovery.vetting import vetted
from servers.endpoints import SMTP, Endpoint, Protocol, Security

# Labels with what they mean. Those without the final s begin in plain text and go on with STARTTLS.
SERVICES: tuple[tuple[str, str, Security], ...] = (
    ("_imaps", Protocol.IMAP, Security.TLS),
    ("_imap", Protocol.IMAP, Security.STARTTLS),
    ("_pop3s", Protocol.POP3, Security.TLS),
    ("_pop3", Protocol.POP3, Security.STARTTLS),
    ("_submissions", SMTP, Security.TLS),
    ("_submission", SMTP, Security.STARTTLS),
)


def find(label: str, service: str, security: Security, subject: Subject, network: Network) -> Finding:
    """Return the servers under one label; raise ProbeFailed when DNS does not say."""
    # An empty host says that the service is not offered (RFC 6186 §3.4).
    records = [record for record in network.services(f"{label}._tcp.{subject.domain}") if record.host]
    return vetted(
        [
            # The address is the user name to try first (RFC 6186 §4).
            FoundServer(service, Endpoint(record.host, record.port, security), subject.address, Source.SRV)
            for record in records
        ],
        network,
    )
