"""Mozilla's autoconfig: an XML file on the domain's own web server, format "config file 1.1"."""

from collections.abc import Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element

from servers.discovery import documents
from servers.discovery.findings import Finding, FoundServer, Source, Subject, username_from
from servers.discovery.network import Network, NotThere, ProbeFailed
from servers.discovery.vetting import vetted
from servers.endpoints import SMTP, Endpoint, Protocol, Security

# What stands for the domain and the address.
ADDRESSES = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={address}",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
)

_SERVICES = {"imap": Protocol.IMAP, "pop3": Protocol.POP3, "smtp": SMTP}
_SECURITY = {"SSL": Security.TLS, "STARTTLS": Security.STARTTLS, "plain": Security.NONE}


def find(url_pattern: str, subject: Subject, network: Network) -> Finding:
    """Return the servers in the file; raise ProbeFailed when there is no telling whether there is one."""
    url = url_pattern.format(domain=subject.domain, address=quote(subject.address))
    try:
        response = network.fetch("GET", url)
    except NotThere:
        return Finding()
    if not response.is_success:
        return Finding()
    try:
        document = documents.parse(response.body)
    except documents.NotADocument:
        if b"clientConfig" not in response.body:
            # A web page that says "not found" with status 200.
            return Finding()
        raise ProbeFailed("The domain's autoconfig file cannot be read.") from None
    return vetted(list(_servers(document, subject)), network)


def _servers(document: Element, subject: Subject) -> Iterator[FoundServer]:
    for kind in ("incomingServer", "outgoingServer"):
        for element in documents.elements(document, kind):
            service = _SERVICES.get(element.get("type", "").lower())
            security = _SECURITY.get(documents.words(element, "socketType"))
            if service is None or security is None:
                continue
            yield FoundServer(
                service,
                Endpoint(
                    documents.words(element, "hostname"), documents.number(documents.words(element, "port")), security
                ),
                username_from(documents.words(element, "username"), subject),
                Source.AUTOCONFIG,
            )
