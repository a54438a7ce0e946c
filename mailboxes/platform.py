"""The platform as a tenant: it owns the outgoing server of system mail (SPEC T8)."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from mailboxes import adding
from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import DEFAULT_PORTS, SMTP, Security
from servers.models import OutgoingServer

_MAILBOX = "System mail"
_SCHEMES = {"smtp": Security.NONE, "smtp+starttls": Security.STARTTLS, "smtps": Security.TLS}


@dataclass(frozen=True)
class PlatformServer:
    """PLATFORM_SMTP_URL, read."""

    host: str
    port: int
    security: Security
    username: str
    password: str


def read_smtp_url(url: str) -> PlatformServer:
    """Read `smtp[+starttls]|smtps://user:password@host:port`; raise ImproperlyConfigured when it is none."""
    parts = urlsplit(url)
    security = _SCHEMES.get(parts.scheme)
    if security is None or not parts.hostname:
        raise ImproperlyConfigured(
            "PLATFORM_SMTP_URL must read smtp://, smtp+starttls:// or smtps://user:password@host:port."
        )
    return PlatformServer(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[SMTP, security],
        security=security,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


@transaction.atomic
def ensure_platform(smtp_url: str, from_address: str) -> OutgoingServer:
    """Create the platform tenant with its mailbox and server, or bring the server up to date."""
    settings = read_smtp_url(smtp_url)
    tenant = Tenant.objects.filter(is_platform=True).first()
    if tenant is None:
        tenant = Tenant.objects.create_tenant("Platform", is_platform=True)
    with tenant_scope(tenant.pk):
        mailbox = Mailbox.objects.filter(name=_MAILBOX).first() or adding.add_mailbox(
            Mailbox(tenant=tenant, name=_MAILBOX, address=from_address), incoming=None, outgoing=None, now=clock.now()
        )
        server = OutgoingServer.objects.filter(mailbox=mailbox).first() or OutgoingServer(
            tenant=tenant, mailbox=mailbox
        )
        server.name = "Platform"
        server.display_name = "mailhub"
        server.from_address = from_address
        server.host, server.port, server.security = settings.host, settings.port, settings.security
        server.authenticate = bool(settings.username)
        server.username = settings.username
        server.password = Secret(settings.password) if settings.username else None
        server.is_default = True
        server.save()
        return server
