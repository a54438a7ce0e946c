"""Contacts that may be the same person."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from sequences.models import Contact

_MOST = 5
# At a domain with more contacts than these, addresses are not compared.
_MOST_COMPARED = 500


def suggestions(contact: Contact) -> list[tuple[Contact, str]]:
    """Return who may be the same person, each with why; two queries."""
    found: dict[object, tuple[Contact, str]] = {}
    for one in _same_address(contact):
        found.setdefault(one.pk, (one, "The same address in another writing"))
    for one in _same_name(contact):
        found.setdefault(one.pk, (one, "The same name and company" if contact.company else "The same name"))
    return list(found.values())[:_MOST]


def search(contact: Contact, words: str) -> list[Contact]:
    """Return contacts that fit the words, but for `contact` itself."""
    rows: QuerySet[Contact] = Contact.objects.exclude(pk=contact.pk)
    for word in words.split()[:6]:
        rows = rows.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(company__icontains=word)
            | Q(address__icontains=word)
        )
    return list(rows.order_by("-created_at", "-id")[: _MOST * 4])


def folded_local_part(address: str) -> str:
    """Return the local part as most providers take it: without what follows "+", and without dots."""
    return address.rpartition("@")[0].partition("+")[0].replace(".", "")


def _same_address(contact: Contact) -> Iterable[Contact]:
    wanted = folded_local_part(contact.address)
    others = Contact.objects.filter(domain=contact.domain).exclude(pk=contact.pk)
    near = others.filter(address__startswith=wanted[:1]) if wanted else others.none()
    return [one for one in near.order_by("address")[:_MOST_COMPARED] if folded_local_part(one.address) == wanted]


def _same_name(contact: Contact) -> Iterable[Contact]:
    if not (contact.first_name and contact.last_name):
        return []
    same = Contact.objects.filter(
        last_folded=contact.last_name.lower(),
        first_folded=contact.first_name.lower(),
        company_folded=contact.company.lower(),
    )
    return list(same.exclude(pk=contact.pk).order_by("-created_at")[:_MOST])
