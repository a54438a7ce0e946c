"""Which contacts are to be added to a sequence: written down so that it can be asked again later."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from mailboxes.addresses import InvalidAddress, valid_addr_spec
from sequences.contacts.finding import contacts_by_address
from sequences.contacts.listing import ContactFilters, narrowed
from sequences.contacts.validity import Verdict
from sequences.models import Contact, ContactImport, ContactList, ImportRow

# What a person names one by one or pastes; more come from a list or a file.
MOST_NAMED = 5000
Choice = dict[str, Any]


class Kind(StrEnum):
    """Where contacts are taken from."""

    LIST = "list"
    IMPORT = "import"
    SEARCH = "search"
    NAMED = "named"


@dataclass(frozen=True)
class Pasted:
    """Whom a pasted text names: contacts, and addresses that no contact has."""

    ids: tuple[uuid.UUID, ...]
    unknown: tuple[str, ...]


def by_list(contact_list: ContactList) -> Choice:
    """Choose everybody who is on a list when they are added."""
    return {"kind": Kind.LIST.value, "id": str(contact_list.pk)}


def by_import(contact_import: ContactImport) -> Choice:
    """Choose everybody who came from a file."""
    return {"kind": Kind.IMPORT.value, "id": str(contact_import.pk)}


def by_filters(filters: ContactFilters) -> Choice:
    """Choose everybody whom the list of contacts shows with these filters."""
    pairs = {name: value for name, value in filters.but().pairs() if name in _FILTERS}
    return {"kind": Kind.SEARCH.value, "filters": pairs}


def by_ids(ids: Iterable[uuid.UUID]) -> Choice:
    """Choose these, as far as they are contacts of the account."""
    return {"kind": Kind.NAMED.value, "ids": [str(one) for one in dict.fromkeys(ids)][:MOST_NAMED]}


def contacts_of(choice: Mapping[str, Any]) -> QuerySet[Contact]:
    """Return who was chosen, in no order; nobody where the list or file is gone."""
    match choice.get("kind"):
        case Kind.LIST:
            return Contact.objects.filter(list_entries__list=choice["id"])
        case Kind.IMPORT:
            rows = ImportRow.objects.filter(contact_import=choice["id"], is_trial=False, contact__isnull=False)
            return Contact.objects.filter(pk__in=rows.values("contact"))
        case Kind.SEARCH:
            filters = _filters(choice["filters"])
            return narrowed(filters) if filters is not None else Contact.objects.none()
        case _:
            return Contact.objects.filter(pk__in=choice.get("ids", ()))


def words_of(choice: Mapping[str, Any]) -> str:
    """Return what was chosen, for people: "the list Spring fair"."""
    match choice.get("kind"):
        case Kind.LIST:
            contact_list = ContactList.objects.filter(pk=choice["id"]).first()
            return f"the list {contact_list}" if contact_list is not None else "a list that was deleted"
        case Kind.IMPORT:
            contact_import = ContactImport.objects.filter(pk=choice["id"]).first()
            return f"the file {contact_import}" if contact_import is not None else "a file that was forgotten"
        case Kind.SEARCH:
            return _words_of_search(choice["filters"])
        case _:
            return "chosen one by one"


def read_addresses(text: str) -> Pasted:
    """Return which contacts a pasted text names: addresses between whatever else stands there, in their order."""
    candidates = dict.fromkeys(one.strip(".-'").lower() for one in _ADDRESS.findall(text))
    written = [one for one in candidates if _is_address(one)][:MOST_NAMED]
    found = contacts_by_address(written)
    ids = dict.fromkeys(found[one].pk for one in written if one in found)
    return Pasted(tuple(ids), tuple(one for one in written if one not in found))


def _is_address(text: str) -> bool:
    try:
        valid_addr_spec(text)
    except InvalidAddress:
        return False
    return True


def _filters(pairs: Mapping[str, str]) -> ContactFilters | None:
    contact_list = ContactList.objects.filter(pk=pairs["list"]).first() if "list" in pairs else None
    if "list" in pairs and contact_list is None:
        return None
    verdict = Verdict(pairs["validity"]) if "validity" in pairs else None
    return ContactFilters(pairs.get("q", ""), contact_list, verdict, pairs.get("company", ""))


def _words_of_search(pairs: Mapping[str, str]) -> str:
    contact_list = ContactList.objects.filter(pk=pairs["list"]).first() if "list" in pairs else None
    said = [
        f"“{pairs['q']}”" if "q" in pairs else "",
        f"on {contact_list}" if contact_list is not None else "",
        f"of {pairs['company']}" if "company" in pairs else "",
        str(Verdict(pairs["validity"]).label) if "validity" in pairs else "",
    ]
    named = ", ".join(one for one in said if one)
    return f"the contacts found by {named}" if named else "all contacts"


# An order changes nobody, and a page is no choice.
_FILTERS = frozenset({"q", "list", "validity", "company"})
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]{1,64}@[^\s<>,;:\"()\[\]@]{1,255}")
