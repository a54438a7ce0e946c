"""The settings of the listener, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mailboxes.inbound.addressing import Directory
from servers.inbox import MAX_MESSAGE_BYTES

MAX_RECIPIENTS = 100


@dataclass(frozen=True)
class Endpoint:
    """Where to listen: a host and port, or the path of a local socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def read(cls, name: str, text: str) -> Endpoint:
        """Read `address:port`, `[address]:port` or `unix:/path`; raise ImproperlyConfigured for anything else."""
        scheme, _colon, path = text.partition(":")
        if scheme == "unix" and path.startswith("/"):
            return cls(path=path)
        host, _colon, port = text.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ImproperlyConfigured(f"{name} must read address:port, such as 127.0.0.1:2525, or unix:/path.")
        return cls(host=host.strip("[]"), port=int(port))


@dataclass(frozen=True)
class Options:
    """How the listener listens, and what it takes. Sizes in octets, rates in messages a minute."""

    directory: Directory
    smtp: Endpoint | None = None
    lmtp: Endpoint | None = None
    hostname: str = "localhost"
    certificate_files: tuple[Path, Path] | None = None
    size_limit: int = 25 * 1024 * 1024
    recipients: int = MAX_RECIPIENTS
    connections: int = 200
    connections_per_client: int = 20
    # Addresses of proxies, whose connections begin with a line of the PROXY protocol.
    proxies: frozenset[str] = frozenset()
    per_mailbox: int = 600
    per_tenant: int = 1800
    memory: int = 256 * 1024 * 1024
    disk_reserve: int = 1024 * 1024 * 1024
    storage_root: Path = Path("/")
    # How long a client may take for its next command (RFC 5321 §4.5.3.2.7).
    command_seconds: float = 300.0

    @classmethod
    def from_settings(cls) -> Options:
        """Read Django's settings; raise ImproperlyConfigured when they are of no use."""
        size_limit = settings.RECEIVE_SIZE_LIMIT
        if not 0 < size_limit <= MAX_MESSAGE_BYTES:
            raise ImproperlyConfigured(f"RECEIVE_SIZE_LIMIT must be {MAX_MESSAGE_BYTES} octets or less.")
        if bool(settings.RECEIVE_TLS_CERT) != bool(settings.RECEIVE_TLS_KEY):
            raise ImproperlyConfigured("RECEIVE_TLS_CERT and RECEIVE_TLS_KEY belong together.")
        return cls(
            directory=Directory(settings.DIRECT_MAIL_DOMAIN, settings.RECEIVE_POSTMASTER.partition("@")[0].lower()),
            smtp=_endpoint("RECEIVE_SMTP"),
            lmtp=_endpoint("RECEIVE_LMTP"),
            hostname=settings.RECEIVE_HOSTNAME or settings.DIRECT_MAIL_DOMAIN,
            certificate_files=(
                (Path(settings.RECEIVE_TLS_CERT), Path(settings.RECEIVE_TLS_KEY)) if settings.RECEIVE_TLS_CERT else None
            ),
            size_limit=size_limit,
            connections=settings.RECEIVE_CONNECTIONS,
            connections_per_client=settings.RECEIVE_CONNECTIONS_PER_CLIENT,
            proxies=frozenset(settings.RECEIVE_PROXIES),
            per_mailbox=settings.RECEIVE_PER_MAILBOX,
            per_tenant=settings.RECEIVE_PER_TENANT,
            memory=settings.RECEIVE_MEMORY,
            disk_reserve=settings.RECEIVE_DISK_RESERVE,
            storage_root=settings.STORAGE_ROOT,
        )


def _endpoint(name: str) -> Endpoint | None:
    text = getattr(settings, name)
    return Endpoint.read(name, text) if text else None
