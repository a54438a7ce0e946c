"""The addresses that a mailbox writes as."""

from collections.abc import Iterable

from mailboxes.addresses import normalise
from mailboxes.models import Mailbox


def own_addresses(mailbox: Mailbox) -> frozenset[str]:
    """Return the addresses that are the mailbox itself: they are nobody's correspondents."""
    addresses = {mailbox.address, mailbox.direct_address}
    for from_address, reply_to in mailbox.outgoing_servers.values_list("from_address", "reply_to"):
        addresses |= {from_address, reply_to}
    return frozenset(normalise(address) for address in addresses if address)


def mailboxes_of(addresses: Iterable[str]) -> dict[str, Mailbox]:
    """Return, by normalised address, the mailbox of this account that each belongs to; in three queries at most."""
    wanted = {normalise(address) for address in addresses}
    if not wanted:
        return {}
    found: dict[str, Mailbox] = {}
    for mailbox in Mailbox.objects.prefetch_related("outgoing_servers"):
        written = [one for server in mailbox.outgoing_servers.all() for one in (server.from_address, server.reply_to)]
        for address in (mailbox.address, mailbox.direct_address, *written):
            if normalise(address) in wanted:
                found.setdefault(normalise(address), mailbox)
    return found
