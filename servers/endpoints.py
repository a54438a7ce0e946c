"""Where a mail server is and how we sign in."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import TextChoices

from mailhub.lib.secret import Secret


class Protocol(TextChoices):
    """How mail is fetched."""

    IMAP = "imap", "IMAP"
    POP3 = "pop3", "POP3"


class Security(TextChoices):
    """How the connection is encrypted. With STARTTLS chosen, it is never left out (RFC 8314 §4.1)."""

    NONE = "none", "None"
    STARTTLS = "starttls", "STARTTLS"
    TLS = "tls", "TLS"


# Submission has a single protocol, so it needs no enumeration, only a key.
SMTP = "smtp"

DEFAULT_PORTS: dict[tuple[str, str], int] = {
    (Protocol.IMAP, Security.NONE): 143,
    (Protocol.IMAP, Security.STARTTLS): 143,
    (Protocol.IMAP, Security.TLS): 993,
    (Protocol.POP3, Security.NONE): 110,
    (Protocol.POP3, Security.STARTTLS): 110,
    (Protocol.POP3, Security.TLS): 995,
    (SMTP, Security.NONE): 25,
    (SMTP, Security.STARTTLS): 587,
    (SMTP, Security.TLS): 465,
}

# Ports beside these are refused before a name is looked up (SECURITY B014). 2525 is what providers offer where 25 and
# 587 are blocked.
ALLOWED_PORTS: dict[str, frozenset[int]] = {
    Protocol.IMAP: frozenset({143, 993}),
    Protocol.POP3: frozenset({110, 995}),
    SMTP: frozenset({25, 465, 587, 2525}),
}


@dataclass(frozen=True)
class Endpoint:
    """A server's host name, port and encryption."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True)
class SignIn:
    """A user name and password, or in place of the password an OAuth access token (RFC 6750)."""

    username: str
    password: Secret
    is_token: bool = field(default=False, kw_only=True)


def local_hostname() -> str:
    """Return the name by which we introduce ourselves in EHLO: the host of the site (RFC 5321 §4.1.1.1)."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"
