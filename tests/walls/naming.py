"""What the addresses of a route are filled with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern
from django.utils.http import int_to_base36

from mailhub.lib.ids import new_id
from tests.walls.places import A1, A2, B1, Place
from tests.walls.world import MEMBER, MEMBER_OF_NONE, OWNER, STRANGER, World

NOWHERE = "nothing"

# Whose membership and whose reset link stand for a place.
_PERSON_OF = {A1: MEMBER, A2: OWNER, B1: STRANGER}
# Whom owners and administrators change.
_COLLEAGUE_OF = {A1: MEMBER, A2: MEMBER_OF_NONE, B1: "B-member"}
_FILLED_WITH: dict[str, Callable[[World, Place], Any]] = {
    "mailbox_id": lambda _world, place: place.mailbox.pk,
    "incoming_server_id": lambda _world, place: place.incoming.pk,
    "outgoing_server_id": lambda _world, place: place.outgoing.pk,
    "conversation_id": lambda _world, place: place.conversation.pk,
    "message_id": lambda _world, place: place.message.pk,
    "attachment_id": lambda _world, place: place.attachment.pk,
    "outgoing_message_id": lambda _world, place: place.sent.pk,
    "delivery_id": lambda _world, place: place.uncertain.pk,
    "draft_id": lambda _world, place: place.desk.draft.pk,
    "draft_attachment_id": lambda _world, place: place.desk.draft_attachment.pk,
    "note_id": lambda _world, place: place.desk.note.pk,
    "own_note_id": lambda _world, place: place.desk.note.pk,
    "notification_id": lambda _world, place: place.desk.notification.pk,
    "saved_view_id": lambda _world, place: place.desk.view.pk,
    "blind_copy_id": lambda _world, place: place.desk.blind_copy.pk,
    "membership_id": lambda world, place: world.memberships[_PERSON_OF[place.label]].pk,
    "person_id": lambda world, place: world.memberships[_COLLEAGUE_OF[place.label]].pk,
    "discard_filter_id": lambda _world, place: place.discard_filter.pk,
    "discarded_message_id": lambda _world, place: place.discarded.pk,
    "topic_id": lambda _world, place: place.topic.pk,
    "filter_set_id": lambda _world, place: place.filter_set.pk,
    "filter_rule_id": lambda _world, place: place.filter_rule.pk,
    "reply_template_id": lambda _world, place: place.reply_template.pk,
    "contact_id": lambda _world, place: place.contacts.contact.pk,
    "contact_import_id": lambda _world, place: place.contacts.contact_import.pk,
    "contact_list_id": lambda _world, place: place.contacts.contact_list.pk,
    "contact_field_id": lambda _world, place: place.contacts.field.pk,
    "suppressed_domain_id": lambda _world, place: place.contacts.domain.pk,
    "sequence_id": lambda _world, place: place.outreach.sequence.pk,
    "step_id": lambda _world, place: place.outreach.step.pk,
    "variant_id": lambda _world, place: place.outreach.variant.pk,
    "enrollment_id": lambda _world, place: place.outreach.enrollment.pk,
    "enrollment_batch_id": lambda _world, place: place.outreach.batch.pk,
    "routing_rule_id": lambda _world, place: place.routing_rule.pk,
    "standing_id": lambda _world, place: place.standing.pk,
    "segment_id": lambda _world, place: place.mailbox.segment_id,
    "identity_id": lambda _world, place: place.identity.pk,
    "authority_id": lambda _world, place: place.authority.pk,
    "correspondent_id": lambda _world, place: place.correspondent.pk,
    "subscription_id": lambda _world, place: place.mailbox.subscription_id,
    "invoice_id": lambda _world, place: place.accounting.invoice.pk,
    "plan_code": lambda _world, _place: "standard",
    "deed": lambda _world, _place: "transfer",
    "object_id": lambda _world, _place: 1,
    "payment_id": lambda _world, place: place.accounting.payment.pk,
    "invitation_id": lambda _world, place: place.invitation.pk,
    "browser_id": lambda world, place: world.signed_in_browsers[_PERSON_OF[place.label]].pk,
    "passkey_id": lambda _world, _place: 1,
    "token": lambda _world, _place: "no-such-token",
    "uidb36": lambda world, place: int_to_base36(world.memberships[_PERSON_OF[place.label]].user_id),
    "key": lambda _world, _place: "no-such-key",
}
_NOTHING: dict[str, Callable[[], Any]] = {
    "uidb36": lambda: int_to_base36(10**8),
    "key": lambda: "no-such-key",
    "token": lambda: "no-such-token",
    "plan_code": lambda: "no-such-plan",
    "deed": lambda: "no-such-deed",
    "object_id": lambda: 10**8,
    "passkey_id": lambda: 10**8,
}


@dataclass(frozen=True)
class Target:
    """What an address names: the rows of a place, those of one place under the mailbox of another, or nothing."""

    label: str
    ids: dict[str, Any]
    # The rows that a form in this address speaks of.
    place: Place

    def __str__(self) -> str:
        return self.label


def targets_of(world: World, pattern: URLPattern) -> list[Target]:
    """Return what the addresses of a route name; the last one names what is not there."""
    names = names_in(pattern)
    places = world.places
    if not names:
        return [Target("no object", {}, places[A1])]
    pairs = [(label, label) for label in (A1, A2, B1)]
    if "mailbox_id" in names and len(names) > 1:
        pairs += [(A1, A2), (A1, B1), (B1, A1)]
    targets = [
        Target(
            inner if inner == outer else f"row of {inner} under mailbox {outer}",
            {name: _FILLED_WITH[name](world, places[outer if name == "mailbox_id" else inner]) for name in names},
            places[inner],
        )
        for outer, inner in pairs
    ]
    nothing = {name: _NOTHING.get(name, new_id)() for name in names}
    return [*targets, Target(NOWHERE, nothing, places[A1])]


def names_in(pattern: URLPattern) -> list[str]:
    """Return the names of the variable parts; a regular expression has groups where a path has converters."""
    return list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
