"""The providers of access tokens: what they ask for, and where they are asked (SPEC M9).

The addresses are constants, so that nobody can have a secret sent elsewhere; tests and the demonstration put others in
their place with `OAUTH_ENDPOINTS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from django.conf import settings
from django.db.models import TextChoices

from mailhub.lib.secret import Secret


class Provider(TextChoices):
    """Whose accounts they are; "unknown" is everybody else who speaks RFC 6749."""

    UNKNOWN = "unknown", "Unknown"
    GMAIL = "gmail", "Gmail"
    OFFICE365 = "office365", "Office365"


class Method(TextChoices):
    """What an access token is given for."""

    REFRESH_TOKEN = "refresh_token", "Refresh token"
    PASSWORD = "password", "API username/password"
    CLIENT_SECRET = "client_secret", "Client secret"
    # A refresh token too, but one that our own client got by the consent of the account's owner (SPEC M10).
    CONNECTED = "connected", "Connect in the browser"


METHODS: Mapping[str, tuple[Method, ...]] = {
    Provider.UNKNOWN: (Method.REFRESH_TOKEN,),
    Provider.GMAIL: (Method.REFRESH_TOKEN, Method.CONNECTED),
    Provider.OFFICE365: (Method.PASSWORD, Method.CLIENT_SECRET, Method.CONNECTED),
}

# Whom a person signs in to when they press "Connect".
CONNECT_WITH: Mapping[str, str] = {Provider.GMAIL: "Google", Provider.OFFICE365: "Microsoft"}


# Host, port and encryption that a form proposes, by provider and protocol.
USUAL_SERVERS: Mapping[str, Mapping[str, tuple[str, int, str]]] = {
    Provider.GMAIL: {
        "imap": ("imap.gmail.com", 993, "tls"),
        "pop3": ("pop.gmail.com", 995, "tls"),
        "smtp": ("smtp.gmail.com", 587, "starttls"),
    },
    Provider.OFFICE365: {
        "imap": ("outlook.office365.com", 993, "tls"),
        "pop3": ("outlook.office365.com", 995, "tls"),
        "smtp": ("smtp.office365.com", 587, "starttls"),
    },
}


@dataclass(frozen=True)
class Endpoints:
    """Where a provider is asked. `{directory}` stands for a Microsoft directory (tenant)."""

    token: str
    authorization: str
    # What `iss` says in an answer (RFC 9207) and in an ID token; "{tid}" stands for the directory of the account.
    issuer: str
    # What a connected account's tokens may do, and what tells us whose account it is.
    scope: str
    # What other methods ask for; "" asks for what the client was granted.
    default_scope: str
    # Mail servers that may see a token which was given for another server of the same account.
    mail_domains: tuple[str, ...]


_ENDPOINTS: Mapping[str, Endpoints] = {
    Provider.GMAIL: Endpoints(
        token="https://oauth2.googleapis.com/token",  # noqa: S106 (an address)
        authorization="https://accounts.google.com/o/oauth2/v2/auth",
        issuer="https://accounts.google.com",
        scope="openid email https://mail.google.com/",
        default_scope="",
        mail_domains=("gmail.com", "googlemail.com", "google.com"),
    ),
    Provider.OFFICE365: Endpoints(
        token="https://login.microsoftonline.com/{directory}/oauth2/v2.0/token",  # noqa: S106 (an address)
        authorization="https://login.microsoftonline.com/{directory}/oauth2/v2.0/authorize",
        issuer="https://login.microsoftonline.com/{tid}/v2.0",
        scope=(
            "openid email profile offline_access https://outlook.office.com/IMAP.AccessAsUser.All"
            " https://outlook.office.com/POP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
        ),
        default_scope="https://outlook.office365.com/.default",
        mail_domains=("office365.com", "outlook.com", "office.com"),
    ),
}

# The directory that accounts of every organisation and private ones can sign in to.
_ANY_DIRECTORY = "common"


@dataclass(frozen=True)
class OperatorClient:
    """The client that the operator registered with a provider, for "Connect with …"."""

    client_id: str
    secret: Secret


def endpoints_of(provider: str, *, directory: str = "") -> Endpoints:
    """Return the addresses of Gmail or Office365, filled with the directory; raise KeyError for "unknown"."""
    changed = settings.OAUTH_ENDPOINTS.get(provider, {})
    endpoints = replace(_ENDPOINTS[provider], **{name: value for name, value in changed.items() if value})
    filled = quote(directory or _ANY_DIRECTORY, safe="")
    return replace(
        endpoints,
        token=endpoints.token.replace("{directory}", filled),
        authorization=endpoints.authorization.replace("{directory}", filled),
    )


def operator_client(provider: str) -> OperatorClient | None:
    """Return the operator's client for "Connect with …"; None when there is none for this provider."""
    client_id, secret = {
        Provider.GMAIL: (settings.OAUTH_GOOGLE_CLIENT_ID, settings.OAUTH_GOOGLE_CLIENT_SECRET),
        Provider.OFFICE365: (settings.OAUTH_MICROSOFT_CLIENT_ID, settings.OAUTH_MICROSOFT_CLIENT_SECRET),
    }.get(Provider(provider), ("", ""))
    return OperatorClient(client_id, Secret(secret)) if client_id and secret else None


def is_mail_host_of(provider: str, host: str) -> bool:
    """Tell whether `host` is one of the provider's own mail servers."""
    if provider == Provider.UNKNOWN:
        return False
    domains = endpoints_of(provider).mail_domains
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
