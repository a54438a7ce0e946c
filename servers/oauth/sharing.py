"""Which servers may see a token that was asked for another server (SECURITY B100)."""

import re

from servers.oauth.providers import Provider, is_mail_host_of

# Below these anybody can have a name: "com", and "co.uk" too.
_PUBLIC_SUFFIX = re.compile(r"[^.]+|(ac|co|com|edu|gob|gov|gouv|ne|net|or|org)\.[a-z]{2}")


def may_share(provider: str, *, entered_for: str, host: str) -> bool:
    """Tell whether a sign-in that was entered for the server `entered_for` may be used at `host` too.

    That is so at the provider's own servers, and with an unknown provider at those of the same domain.
    """
    if host == entered_for:
        return True
    if provider != Provider.UNKNOWN:
        return is_mail_host_of(provider, host)
    domain = _domain(host)
    return domain == _domain(entered_for) and not _PUBLIC_SUFFIX.fullmatch(domain)


def _domain(host: str) -> str:
    return host.partition(".")[2]
