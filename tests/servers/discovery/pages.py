"""Documents that web servers of a domain offer."""

from collections.abc import Mapping

from tests.mailhub.lib.web_servers import answer

AUTOCONFIG_URL = "autoconfig.acme.example/mail/config-v1.1.xml?emailaddress=ada%40acme.example"
WELL_KNOWN_URL = "acme.example/.well-known/autoconfig/mail/config-v1.1.xml"
AUTODISCOVER_URL = "autodiscover.acme.example/autodiscover/autodiscover.xml"

_IMAP = {"type": "imap", "host": "imap.acme.example", "port": "993", "security": "SSL"}
_SMTP = {"type": "smtp", "host": "smtp.acme.example", "port": "465", "security": "SSL"}


def imap(**changes: str) -> str:
    """Return the element of an IMAP server."""
    return _server("incomingServer", {**_IMAP, **changes})


def smtp(**changes: str) -> str:
    """Return the element of an SMTP server."""
    return _server("outgoingServer", {**_SMTP, **changes})


def autoconfig(*elements: str, before: str = "") -> bytes:
    """Return an answer with an autoconfig file; `before` stands in front of its root."""
    text = f'<?xml version="1.0"?>{before}<clientConfig version="1.1"><emailProvider id="acme.example">'
    return answer(200, text + "".join(elements) + "</emailProvider></clientConfig>", Content_Type="text/xml")


def autodiscover(*protocols: str) -> bytes:
    """Return an answer with Microsoft's XML."""
    space = "http://schemas.microsoft.com/exchange/autodiscover"
    text = f'<Autodiscover xmlns="{space}/responseschema/2006"><Response xmlns="{space}/outlook/responseschema/2006a">'
    return answer(200, f"{text}<Account>{''.join(protocols)}</Account></Response></Autodiscover>")


def protocol(kind: str, host: str, port: int, **more: str) -> str:
    """Return one protocol of an autodiscover answer."""
    fields = {"Type": kind, "Server": host, "Port": str(port), **more}
    return f"<Protocol>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</Protocol>"


def _server(element: str, fields: Mapping[str, str]) -> str:
    username = fields.get("username", "%EMAILADDRESS%")
    return (
        f'<{element} type="{fields["type"]}"><hostname>{fields["host"]}</hostname><port>{fields["port"]}</port>'
        f"<socketType>{fields['security']}</socketType><username>{username}</username></{element}>"
    )
