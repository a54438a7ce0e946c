"""All that is known of a contact, as far as somebody may see it (SPEC T3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import AddressStanding, Conversation, Message, StandingChange
from mailhub.tenancy.models import Membership
from sequences.contacts.suppressed import visible_changes
from sequences.contacts.validity import Validity, validity_of
from sequences.models import Contact, ContactChange, ContactField, ContactList, Enrollment, OtherAddress

MOST_CONVERSATIONS = 5
MOST_ENROLLMENTS = 20
MOST_CHANGES = 50


@dataclass(frozen=True)
class Incident:
    """One thing that happened to the address: its words only where the viewer may see the mail that brought them."""

    label: str
    words: str
    at: datetime
    by: Membership | None
    message: Message | None


@dataclass(frozen=True)
class Portrait:
    """A contact, the values of the account's own fields, and everything around it that the viewer may see."""

    contact: Contact
    own_fields: Sequence[tuple[ContactField, str]]
    other_addresses: Sequence[OtherAddress]
    lists: Sequence[ContactList]
    validity: Validity
    standing: AddressStanding | None
    incidents: Sequence[Incident]
    enrollments: Sequence[Enrollment]
    conversations: Sequence[Conversation]
    has_more_conversations: bool
    changes: Sequence[ContactChange]


def portrait_of(contact: Contact, viewer: Membership) -> Portrait:
    """Return what a page about a contact shows; a fixed number of queries."""
    standing = AddressStanding.objects.filter(address=contact.address).first()
    others = list(contact.other_addresses.order_by("address"))
    addresses = [contact.address, *(one.address for one in others)]
    spoken = Conversation.objects.visible_to(viewer).unmerged().filter(correspondent_address__in=addresses)
    conversations = list(spoken.select_related("mailbox").order_by("-last_at", "-id")[: MOST_CONVERSATIONS + 1])
    enrollments = Enrollment.objects.visible_to(viewer).filter(contact=contact)
    enrollments = enrollments.select_related("sequence", "server", "step").order_by("-added_at", "-id")
    return Portrait(
        contact=contact,
        own_fields=[(one, str(contact.custom.get(one.key, ""))) for one in ContactField.objects.all()],
        other_addresses=others,
        lists=list(ContactList.objects.filter(entries__contact=contact).order_by("name")),
        validity=validity_of([contact.address])[contact.address],
        standing=standing,
        incidents=_incidents(standing, viewer) if standing is not None else (),
        enrollments=list(enrollments[:MOST_ENROLLMENTS]),
        conversations=conversations[:MOST_CONVERSATIONS],
        has_more_conversations=len(conversations) > MOST_CONVERSATIONS,
        changes=list(contact.changes.select_related("membership__user")[:MOST_CHANGES]),
    )


def _incidents(standing: AddressStanding, viewer: Membership) -> list[Incident]:
    changes = list(standing.changes.select_related("membership__user", "message")[:MOST_CHANGES])
    seen = set(visible_changes(viewer).filter(pk__in=[one.pk for one in changes]).values_list("pk", flat=True))
    return [_incident(one, is_visible=one.pk in seen) for one in changes]


def _incident(change: StandingChange, *, is_visible: bool) -> Incident:
    label = str(StandingChange.Event(change.event).label)
    if not is_visible:
        return Incident(label, "In a mailbox that you do not use", change.at, None, None)
    return Incident(label, change.words, change.at, change.membership, change.message)
