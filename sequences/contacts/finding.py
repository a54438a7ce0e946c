"""Which contact has an address?"""

from collections.abc import Iterable

from mailboxes.addresses import normalise
from sequences.models import Contact, OtherAddress


def contacts_by_address(addresses: Iterable[str]) -> dict[str, Contact]:
    """Return the contacts that have these addresses, also as a further one, by the address as it was given.

    Two queries at most, however many they are.
    """
    given = {address: normalise(address) for address in addresses}
    wanted = set(given.values())
    found = {one.address: one for one in Contact.objects.filter(address__in=wanted)} if wanted else {}
    missing = wanted - found.keys()
    if missing:
        others = OtherAddress.objects.filter(address__in=missing).select_related("contact")
        found |= {one.address: one.contact for one in others}
    return {address: found[normalised] for address, normalised in given.items() if normalised in found}
