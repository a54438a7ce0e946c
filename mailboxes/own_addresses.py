"""The addresses that a mailbox writes as."""

from mailboxes.addresses import normalise
from mailboxes.models import Mailbox


def own_addresses(mailbox: Mailbox) -> frozenset[str]:
    """Return the addresses that are the mailbox itself: they are nobody's correspondents."""
    addresses = {mailbox.address, mailbox.direct_address}
    for from_address, reply_to in mailbox.outgoing_servers.values_list("from_address", "reply_to"):
        addresses |= {from_address, reply_to}
    return frozenset(normalise(address) for address in addresses if address)
