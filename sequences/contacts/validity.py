"""May a contact be written to, and if not, since when and why? (SPEC S5)"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When

from mailboxes.addresses import normalise
from mailboxes.models import AddressStanding
from sequences.models import Contact, SuppressedDomain


class Verdict(TextChoices):
    """What is known of an address; of several things, the first that holds."""

    COMPLAINED = "complained", "Complained"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    INCORRECT = "incorrect", "Incorrect"
    SUPPRESSED = "suppressed", "Suppressed domain"
    OK = "ok", "OK"


@dataclass(frozen=True)
class Validity:
    """The verdict on an address, since when it holds, and what lies behind it, in words."""

    verdict: Verdict
    since: datetime | None = None
    words: str = ""

    @property
    def is_ok(self) -> bool:
        return self.verdict == Verdict.OK


OK = Validity(Verdict.OK)


def validity_of(addresses: Iterable[str]) -> dict[str, Validity]:
    """Return the validity of each address, by the address as it was given; two queries, however many they are."""
    given = {address: normalise(address) for address in addresses}
    wanted = set(given.values())
    if not wanted:
        return {}
    standings = {one.address: one for one in AddressStanding.objects.filter(address__in=wanted)}
    asked = {domain for address in wanted for domain in domains_above(address.rpartition("@")[2])}
    suppressed = {one.domain: one for one in SuppressedDomain.objects.filter(domain__in=asked)}
    judged = {address: _judge(address, standings.get(address), suppressed) for address in wanted}
    return {address: judged[normalised] for address, normalised in given.items()}


def with_validity(contacts: QuerySet[Contact]) -> QuerySet[Any]:
    """Return the contacts with `verdict`. For rows that are shown anyway, `validity_of` is cheaper and says more."""
    cases = [When(condition, then=Value(verdict.value)) for verdict, condition in _conditions()]
    return contacts.annotate(verdict=Case(*cases, default=Value(Verdict.OK.value), output_field=CharField()))


def having(contacts: QuerySet[Contact], verdict: Verdict) -> QuerySet[Contact]:
    """Return the contacts on which this is the verdict."""
    wanted = contacts
    for one, condition in _conditions():
        if one == verdict:
            return wanted.filter(condition)
        wanted = wanted.exclude(condition)
    return wanted


def domains_above(domain: str) -> list[str]:
    """Return a domain and those that it lies in, but for the topmost."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]


def _judge(address: str, standing: AddressStanding | None, suppressed: Mapping[str, SuppressedDomain]) -> Validity:
    if standing is not None and standing.complained_at:
        return Validity(Verdict.COMPLAINED, standing.complained_at, "Called a mail of yours spam.")
    if standing is not None and standing.unsubscribed_at:
        return Validity(Verdict.UNSUBSCRIBED, standing.unsubscribed_at, "Wants no mail to lists.")
    if standing is not None and standing.incorrect_since:
        return Validity(Verdict.INCORRECT, standing.incorrect_since, standing.incorrect_because or "A mail bounced.")
    domains = domains_above(address.rpartition("@")[2])
    above = next((suppressed[domain] for domain in domains if domain in suppressed), None)
    if above is None:
        return OK
    reason = f": {above.words}" if above.words else "."
    return Validity(Verdict.SUPPRESSED, above.added_at, f"Nobody at {above.domain} is written to{reason}")


def _conditions() -> Iterator[tuple[Verdict, Q]]:
    """Yield what each verdict but OK asks for, the strongest first; the domains are asked only where they matter."""
    standings = AddressStanding.objects.filter(tenant=OuterRef("tenant"), address=OuterRef("address"))
    yield Verdict.COMPLAINED, Q(Exists(standings.filter(complained_at__isnull=False)))
    yield Verdict.UNSUBSCRIBED, Q(Exists(standings.filter(unsubscribed_at__isnull=False)))
    yield Verdict.INCORRECT, Q(Exists(standings.filter(incorrect_since__isnull=False)))
    yield Verdict.SUPPRESSED, Q(domain__in=_suppressed_domains())


def _suppressed_domains() -> list[str]:
    """Return the domains of contacts that are suppressed, or lie in one that is.

    Asked at once, because a database compares each contact with each pattern: 25 s for 200,000 contacts, 200 domains.
    """
    suppressed = set(SuppressedDomain.objects.order_by().values_list("domain", flat=True))
    if not suppressed:
        return []
    domains = Contact.objects.order_by().values_list("domain", flat=True).distinct()
    return [domain for domain in domains if not suppressed.isdisjoint(domains_above(domain))]
