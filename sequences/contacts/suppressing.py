"""Whom lists do not write to, and how that begins and ends by a person's hand (SPEC S6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailboxes.addresses import InvalidAddress, normalise, valid_addr_spec
from mailboxes.models import AddressStanding
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership
from sequences.contacts.validity import Validity, Verdict, validity_of
from sequences.models import SuppressedDomain

MAX_WORDS = 300


class SuppressionRefused(ValueError):
    """The text is neither an address nor a domain; the words say so."""


@dataclass(frozen=True)
class Refusal:
    """Why a list does not write to an address, and since when."""

    verdict: Verdict
    words: str
    since: datetime | None


@dataclass(frozen=True)
class Target:
    """What a line of the suppression list names: an address, or all of a domain."""

    text: str
    is_domain: bool


def may_list_write_to(addresses: Iterable[str]) -> dict[str, Refusal | None]:
    """Return why mail to lists may not go to an address, None where nothing speaks against it; two queries.

    Asked by everything that sends to lists, for each mail anew: what was right when a contact was added may have
    changed since.
    """
    return {address: _refusal(validity) for address, validity in validity_of(addresses).items()}


def read_target(text: str) -> Target:
    """Return the address or domain that a person wrote, also `@example.com` and `*.example.com`.

    Raises SuppressionRefused.
    """
    written = clean_header(text)
    is_domain = "@" not in written.lstrip("@")
    bare = written.lstrip("@*.") if is_domain else written
    try:
        # A domain is one to which an address can stand at; what stands for no address stands for no domain.
        checked = valid_addr_spec(f"postmaster@{bare}" if is_domain else bare)
    except InvalidAddress as error:
        raise SuppressionRefused(f"“{written[:80]}” is neither an e-mail address nor a domain.") from error
    address = normalise(checked)
    return Target(address.rpartition("@")[2] if is_domain else address, is_domain)


def suppress(
    address_or_domain: str, words: str, *, by: Membership, now: datetime
) -> AddressStanding | SuppressedDomain:
    """Let no list write to an address, or to anybody at a domain, any more; raise SuppressionRefused.

    Twice is the same as once: the first reason stays.
    """
    target, said = read_target(address_or_domain), clean_header(words)[:MAX_WORDS]
    return _suppress_domain(target, said, by=by, now=now) if target.is_domain else _suppress(target, said, by, now)


def allow_domain(domain: SuppressedDomain) -> None:
    """Let lists write to a domain again; what is known of single addresses there stays."""
    SuppressedDomain.objects.filter(pk=domain.pk).delete()


def _refusal(validity: Validity) -> Refusal | None:
    return None if validity.is_ok else Refusal(validity.verdict, validity.words, validity.since)


def _suppress(target: Target, words: str, by: Membership, now: datetime) -> AddressStanding:
    known: AddressStanding | None = AddressStanding.objects.filter(address=target.text).first()
    if known is None or known.unsubscribed_at is None:
        said = words or "Put on the suppression list."
        changing.note_unsubscribe(target.text, Occasion(by.tenant_id, now, said, membership=by))
    standing: AddressStanding = AddressStanding.objects.get(address=target.text)
    return standing


def _suppress_domain(target: Target, words: str, *, by: Membership, now: datetime) -> SuppressedDomain:
    row: SuppressedDomain
    row, _is_new = SuppressedDomain.objects.get_or_create(
        tenant_id=by.tenant_id, domain=target.text, defaults={"words": words, "added_by": by, "added_at": now}
    )
    return row
