"""What is shown to a token endpoint, and what it gives."""

from dataclasses import dataclass
from datetime import timedelta

from mailhub.lib.secret import Secret
from servers.oauth.providers import Method, Provider, endpoints_of

_NONE = Secret("")

# A token that is about to expire is not used any more; one that lives shortly is used for half of its life.
_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Grant:
    """Why a provider should give us an access token (RFC 6749 §1.3), with all secrets opened."""

    provider: Provider
    method: Method
    client_id: str
    client_secret: Secret = _NONE
    refresh_token: Secret = _NONE
    username: str = ""
    password: Secret = _NONE
    directory: str = ""
    # Of an unknown provider only; the others have theirs.
    token_endpoint: str = ""
    scope: str = ""

    @property
    def endpoint(self) -> str:
        """The address that is asked."""
        if self.provider == Provider.UNKNOWN:
            return self.token_endpoint
        return endpoints_of(self.provider, directory=self.directory).token

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not be seen in the words of the provider."""
        return (self.client_secret, self.refresh_token, self.password)


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint gave (RFC 6749 §5.1)."""

    access_token: Secret
    lifetime: timedelta
    # The newest one, where the provider gives another with each answer.
    refresh_token: Secret | None = None
    id_token: Secret | None = None

    @property
    def usable_for(self) -> timedelta:
        """How long the access token is used before another one is asked for."""
        return self.lifetime - min(_MARGIN, self.lifetime / 2)
