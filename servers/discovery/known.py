"""Looks up providers in the built-in table."""

from servers.discovery.providers import Provider
from servers.discovery.table import PROVIDERS

_BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}


def find_by_domain(domain: str) -> Provider | None:
    """Return the provider that gives out addresses in `domain`."""
    return _BY_DOMAIN.get(domain)


def find_by_exchange(host: str) -> Provider | None:
    """Return the provider that takes mail at `host`, the name of a mail exchange."""
    return next((provider for provider in PROVIDERS if provider.has_exchange(host)), None)
