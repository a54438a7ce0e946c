"""What a column may fill, and what a row of cells says of a contact."""

from collections.abc import Sequence

from mailboxes.addresses import parse_address_list
from sequences.contacts.values import LABELS, ContactValues

FULL_NAME = "full_name"
CUSTOM = "custom."
# In the order in which they are offered.
PLAIN = (
    ("address", LABELS["address"]),
    (FULL_NAME, "Full name"),
    *((name, label) for name, label in LABELS.items() if name != "address"),
)
SURPLUS = "The row has more cells than there are columns: a delimiter inside a value needs quotation marks around it."


def values_of(cells: Sequence[str], mapping: Sequence[str]) -> ContactValues:
    """Return what the cells say, by the field that each column fills. Empty cells say nothing."""
    plain: dict[str, str] = {}
    custom: dict[str, str] = {}
    for field, cell in zip(mapping, cells, strict=False):
        if not field or not cell:
            continue
        if field.startswith(CUSTOM):
            custom[field.removeprefix(CUSTOM)] = cell
        else:
            plain[field] = cell
    full_name = plain.pop(FULL_NAME, "")
    return ContactValues(**{"address": "", **_split(full_name), **_named(plain), **plain}, custom=custom)


def has_surplus(cells: Sequence[str], mapping: Sequence[str]) -> bool:
    """Whether something stands beyond the last column: then nobody knows which value belongs where."""
    return any(cells[len(mapping) :])


def _split(full_name: str) -> dict[str, str]:
    """Take "Nina van der Berg" and "Berg, Nina" apart: the first word is the first name, and what follows the last."""
    if not full_name:
        return {}
    last, comma, first = (part.strip() for part in full_name.partition(","))
    if not comma:
        first, _space, last = full_name.partition(" ")
    return {"first_name": first.strip(), "last_name": last.strip()}


def _named(plain: dict[str, str]) -> dict[str, str]:
    """Return the name that stands with an address, as in `Nina Berg <nina@example.com>`."""
    address = plain.get("address", "")
    if "<" not in address:
        return {}
    found = parse_address_list(address)
    return _split(found[0].display_name) if len(found) == 1 else {}
