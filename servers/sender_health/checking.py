"""The three checks of a sender, side by side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from servers.discovery import known
from servers.hostnames import InvalidHostname, valid_hostname
from servers.sender_health import dkim, dmarc, spf
from servers.sender_health.report import Check, LookUps
from servers.sender_health.senders import find_sender

# Somebody is waiting for the answer.
CHECK_SECONDS = 8.0


@dataclass(frozen=True)
class SenderHealth:
    """What the domain of a sender publishes. `foreign_owner` is whose domain it is, where that is a provider's."""

    domain: str
    checks: tuple[Check, ...]
    foreign_owner: str = ""


def check_sender(
    from_address: str, mail_from: str, host: str, *, selector: str = "", deadline_seconds: float = CHECK_SECONDS
) -> SenderHealth:
    """Look up SPF, DKIM and DMARC for mail from `from_address` that goes out through `host`.

    `mail_from` is the address that bounces come back to, which SPF is about (RFC 7208 §2.4). DNS failures do not raise:
    what was not seen is UNKNOWN.

    Raises InvalidHostname when an address has no domain that could be looked up.
    """
    domain, bounce_domain = _domain_of(from_address), _domain_of(mail_from)
    sender = find_sender(host)
    look_ups = LookUps(deadline_seconds=deadline_seconds)
    with ThreadPoolExecutor(3, thread_name_prefix="sender-health") as pool:
        checks = [
            pool.submit(spf.check, bounce_domain, host, sender, look_ups),
            pool.submit(dkim.check, domain, sender, selector, look_ups),
            pool.submit(dmarc.check, domain, bounce_domain, look_ups),
        ]
        report = tuple(check.result() for check in checks)
    owner = known.find_by_domain(domain)
    if owner is None:
        return SenderHealth(domain, report)
    # Nobody but the provider can publish anything there.
    return SenderHealth(domain, tuple(replace(check, publish=()) for check in report), owner.name)


def _domain_of(address: str) -> str:
    domain = valid_hostname(address.rpartition("@")[2])
    if "." not in domain:
        raise InvalidHostname("This address has no domain.")
    return domain
