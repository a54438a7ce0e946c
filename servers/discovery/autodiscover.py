"""Microsoft's autodiscover, the plain XML kind (MS-OXDSCLI), where it answers without anybody signing in."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from servers.discovery import documents
from servers.discovery.findings import Finding, FoundServer, Source, Subject, username_from
from servers.discovery.network import Network, NotThere
from servers.discovery.vetting import vetted
from servers.endpoints import SMTP, Endpoint, Protocol, Security

ADDRESSES = (
    "https://autodiscover.{domain}/autodiscover/autodiscover.xml",
    "https://{domain}/autodiscover/autodiscover.xml",
)

_REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{address}</EMailAddress>"
    "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)
_SERVICES = {"IMAP": Protocol.IMAP, "POP3": Protocol.POP3, "SMTP": SMTP}
_SECURITY = {"SSL": Security.TLS, "TLS": Security.STARTTLS, "NONE": Security.NONE}
_TLS_FROM_THE_START = {993, 995, 465}


def find(url_pattern: str, subject: Subject, network: Network) -> Finding:
    """Return the servers that are named; most servers want a password first, and that is nothing.

    Raises ProbeFailed when there is no telling.
    """
    body = _REQUEST.format(address=escape(subject.address)).encode()
    try:
        response = network.fetch(
            "POST", url_pattern.format(domain=subject.domain), body=body, content_type="text/xml; charset=utf-8"
        )
        document = documents.parse(response.body) if response.is_success else None
    except (NotThere, documents.NotADocument):
        return Finding()
    return Finding() if document is None else vetted(list(_servers(document, subject)), network)


def _servers(document: Element, subject: Subject) -> Iterator[FoundServer]:
    for element in documents.elements(document, "Protocol"):
        service = _SERVICES.get(documents.words(element, "Type").upper())
        if service is None:
            continue
        port = documents.number(documents.words(element, "Port"))
        yield FoundServer(
            service,
            Endpoint(documents.words(element, "Server"), port, _security(element, port)),
            username_from(documents.words(element, "LoginName"), subject),
            Source.AUTODISCOVER,
        )


def _security(element: Element, port: int) -> Security:
    """Read `Encryption`, or the older `SSL`, which is on when it is left out."""
    named = _SECURITY.get(documents.words(element, "Encryption").upper())
    if named is not None:
        return named
    if documents.words(element, "SSL").lower() == "off":
        return Security.NONE
    return Security.TLS if port in _TLS_FROM_THE_START else Security.STARTTLS
