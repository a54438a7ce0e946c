"""Who works for the same company, as far as a domain tells."""

from functools import cache
from pathlib import Path

from django.db.models import QuerySet

from sequences.models import Contact, Enrollment

_LIST = Path(__file__).with_name("free_mail.txt")


def is_company(domain: str) -> bool:
    """Whether the addresses at a domain belong to one company, and not to everybody."""
    return bool(domain) and domain.lower() not in _free_mail()


def colleagues_of(contact: Contact) -> QuerySet[Enrollment]:
    """Return the enrollments of others of the same company, in those sequences of the contact that stop with them."""
    if not is_company(contact.domain):
        return Enrollment.objects.none()
    of_contact = Enrollment.objects.filter(contact=contact, sequence__stops_company=True)
    others = Enrollment.objects.filter(sequence__in=of_contact.values("sequence"), contact__domain=contact.domain)
    return others.exclude(contact=contact)


@cache
def _free_mail() -> frozenset[str]:
    lines = _LIST.read_text(encoding="ascii").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
