"""Which payment provider this installation has."""

from functools import lru_cache

from django.conf import settings

from billing.gateway.port import Gateway
from billing.gateway.stripe_gateway import StripeGateway
from mailhub.lib.secret import Secret


def gateway() -> Gateway | None:
    """Return the provider that takes cards; None where the operator has none, and cards are not offered."""
    if not settings.STRIPE_SECRET_KEY:
        return None
    return _stripe(settings.STRIPE_SECRET_KEY, tuple(settings.STRIPE_WEBHOOK_SECRETS), settings.STRIPE_API_URL)


@lru_cache(maxsize=4)
def _stripe(secret_key: str, webhook_secrets: tuple[str, ...], api_url: str) -> StripeGateway:
    return StripeGateway(Secret(secret_key), tuple(Secret(one) for one in webhook_secrets), api_url=api_url)
