"""May an address be written to?"""

from collections.abc import Iterable

from mailboxes.addresses import normalise
from mailboxes.models import AddressStanding


def incorrect_among(addresses: Iterable[str]) -> list[AddressStanding]:
    """Return the standing of those that nobody writes to until a person clears them (SPEC I5)."""
    wanted = {normalise(address) for address in addresses}
    rows = AddressStanding.objects.filter(address__in=wanted, incorrect_since__isnull=False)
    return list(rows.order_by("address"))
