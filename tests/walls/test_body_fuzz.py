"""Forms that name other rows are given rows of a hidden mailbox and of another account (SECURITY section 5, net 2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from mailboxes.models import MailboxAccess
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.walls.places import A1, A2, B1, Place
from tests.walls.registry import REGISTRY
from tests.walls.visits import Visits
from tests.walls.world import ACCOUNT_A, MEMBER, OWNER, World

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Field:
    """A field that names a row: in which route, and which row of a place it is given."""

    route: str
    name: str
    row: Callable[[Place], Any]
    # The form as it is otherwise: of the mailbox that the visitor may use.
    more: Callable[[Place], dict[str, Any]] = lambda _place: {}
    # Everyone in the account may name it.
    is_of_account: bool = False

    def __str__(self) -> str:
        return f"{self.route.partition(':')[2]}-{self.name}"

    def url(self, place: Place) -> str:
        ids = {
            "mailboxes:compose": [],
            "mailboxes:conversation-reply": [place.conversation.pk],
            "mailboxes:draft-save": [],
            "mailboxes:message-forward": [place.message.pk],
            "mailboxes:conversation-merge": [place.conversation.pk],
            "mailboxes:conversation-split": [place.conversation.pk],
            "mailboxes:message-move": [place.message.pk],
            "mailboxes:message-inspect": [],
            "mailboxes:outgoing-delete": [place.mailbox.pk, place.outgoing.pk],
            "mailboxes:mailbox-change": [place.mailbox.pk],
            "mailboxes:mailbox-people": [place.mailbox.pk],
            "mailboxes:autoresponder-change": [place.mailbox.pk],
            "mailboxes:person-access": [_user_of(place)],
            "mailboxes:segment-change": [place.mailbox.segment_id],
            "mailboxes:segment-delete": [place.mailbox.segment_id],
            "mailboxes:mailbox-filters": [place.mailbox.pk],
            "mailboxes:filter-set-add": [],
            "mailboxes:filter-rule-change": [place.filter_set.pk, place.filter_rule.pk],
            "mailboxes:filter-set-try": [place.filter_set.pk],
            "mailboxes:topic-delete": [place.topic.pk],
            "mailboxes:conversation-bulk": [],
            "mailboxes:conversation-topic": [place.conversation.pk],
            "mailboxes:conversation-untag": [place.conversation.pk],
            "sequences:contact-bulk": [],
            "sequences:sequence-add": [],
            "sequences:sequence-settings": [place.outreach.sequence.pk],
            "sequences:step-preview": [place.outreach.sequence.pk],
            "sequences:contact-lists": [place.contacts.contact.pk],
            "sequences:contact-merge": [place.contacts.contact.pk],
            "sequences:import-columns": [place.contacts.contact_import.pk],
            "sequences:enrollment-add": [place.outreach.sequence.pk],
            "sequences:enrollment-servers": [place.outreach.batch.pk],
            "sequences:enrollment-move": [place.outreach.sequence.pk],
        }
        return reverse(self.route, args=ids[self.route])

    def form(self, place: Place, value: Any) -> dict[str, Any]:
        return {**REGISTRY[self.route].form(place), **self.more(place), self.name: str(value)}


def _answering(place: Place) -> dict[str, Any]:
    return {"answers": str(place.message.pk), "with_quote": "on"}


def _replying(place: Place) -> dict[str, Any]:
    return {"kind": "reply_all", "conversation": str(place.conversation.pk)}


def _user_of(place: Place) -> Any:
    """Return a member who may use the mailbox."""
    with tenant_scope(place.mailbox.tenant_id):
        return MailboxAccess.objects.filter(mailbox=place.mailbox).order_by("id")[:1].get().membership_id


def _without_status(_place: Place) -> dict[str, Any]:
    return {"status": ""}


FIELDS = [
    Field("mailboxes:compose", "server", lambda place: place.outgoing.pk),
    Field("mailboxes:compose", "letter_id", lambda place: place.sent.pk),
    Field("mailboxes:conversation-reply", "server", lambda place: place.outgoing.pk),
    Field("mailboxes:conversation-reply", "letter_id", lambda place: place.sent.pk, _answering),
    Field("mailboxes:conversation-reply", "answers", lambda place: place.message.pk, _answering),
    Field("mailboxes:conversation-reply", "seen", lambda place: place.sent.pk, _answering),
    Field("mailboxes:draft-save", "conversation", lambda place: place.linked.pk, _replying),
    Field("mailboxes:draft-save", "answers", lambda place: place.message.pk, _replying),
    Field("mailboxes:draft-save", "letter_id", lambda place: place.desk.draft.pk),
    Field("mailboxes:message-forward", "letter_id", lambda place: place.sent.pk),
    Field("mailboxes:conversation-merge", "into", lambda place: place.linked.pk),
    Field("mailboxes:conversation-split", "message", lambda place: place.message.pk),
    Field("mailboxes:message-move", "to", lambda place: place.linked.pk),
    Field("mailboxes:message-inspect", "mailbox", lambda place: place.mailbox.pk),
    Field("mailboxes:outgoing-delete", "successor", lambda place: place.spare.pk),
    Field("mailboxes:mailbox-change", "segment", lambda place: place.mailbox.segment_id),
    Field("mailboxes:mailbox-change", "subscription", lambda place: place.mailbox.subscription_id),
    # Who invites is an owner: nobody of whom there is a choice.
    Field("mailboxes:mailbox-people", "shown", lambda place: place.invitation.invited_by_id),
    Field("mailboxes:mailbox-people", "people", lambda place: place.invitation.invited_by_id),
    Field("mailboxes:person-access", "shown", lambda place: place.mailbox.pk),
    Field("mailboxes:person-access", "mailboxes", lambda place: place.mailbox.pk),
    Field("mailboxes:autoresponder-change", "template", lambda place: place.reply_template.pk),
    Field("mailboxes:segment-change", "default_mailbox", lambda place: place.mailbox.pk),
    Field("mailboxes:segment-change", "joining", lambda place: place.invitation.invited_by_id),
    Field("mailboxes:segment-delete", "heir", lambda place: place.mailbox.segment_id),
    Field("mailboxes:mailbox-filters", "filter_set", lambda place: place.filter_set.pk),
    Field("mailboxes:mailbox-filters", "default_topic", lambda place: place.topic.pk),
    Field("mailboxes:filter-set-add", "segment", lambda place: place.mailbox.segment_id),
    Field("mailboxes:filter-rule-change", "topic", lambda place: place.topic.pk),
    Field("mailboxes:filter-set-try", "message", lambda place: place.message.pk),
    Field("mailboxes:topic-delete", "heir", lambda place: place.topic.pk),
    Field("mailboxes:conversation-topic", "topic", lambda place: place.topic.pk),
    Field("mailboxes:conversation-untag", "tag", lambda place: place.tag.pk),
    # What is done is said by the one field that is given.
    Field("mailboxes:conversation-bulk", "topic", lambda place: place.topic.pk, _without_status),
    Field("mailboxes:conversation-bulk", "untag", lambda place: place.tag.pk, _without_status),
    Field("sequences:contact-bulk", "contact", lambda place: place.contacts.contact.pk, is_of_account=True),
    Field("sequences:contact-bulk", "list", lambda place: place.contacts.contact_list.pk, is_of_account=True),
    Field("sequences:contact-lists", "list", lambda place: place.contacts.contact_list.pk, is_of_account=True),
    Field("sequences:contact-merge", "with", lambda place: place.contacts.double.pk, is_of_account=True),
    Field("sequences:import-columns", "contact_list", lambda place: place.contacts.contact_list.pk, is_of_account=True),
    Field("sequences:sequence-add", "server", lambda place: place.outgoing.pk),
    Field("sequences:sequence-settings", "server", lambda place: place.outgoing.pk),
    Field("sequences:step-preview", "variant", lambda place: place.outreach.variant.pk),
    Field("sequences:step-preview", "through", lambda place: place.outgoing.pk),
    Field("sequences:step-preview", "contact", lambda place: place.contacts.contact.pk, is_of_account=True),
    Field("sequences:step-preview", "choose", lambda place: place.contacts.contact.pk, is_of_account=True),
    Field("sequences:enrollment-add", "contact_list", lambda place: place.contacts.contact_list.pk, is_of_account=True),
    Field(
        "sequences:enrollment-add",
        "contact_import",
        lambda place: place.contacts.contact_import.pk,
        lambda _place: {"source": "import"},
        is_of_account=True,
    ),
    Field("sequences:enrollment-servers", "server", lambda place: place.outgoing.pk),
    Field("sequences:enrollment-move", "to", lambda place: place.outgoing.pk),
]
CASES = [
    pytest.param(field, visitor, label, id=f"{field}-{visitor}-{label}")
    for field in FIELDS
    for visitor, label in ((OWNER, B1), (MEMBER, A2), (MEMBER, B1))
    if not (field.is_of_account and label == A2)
]
# Fields of these types name rows; a UUID that names none of ours is listed with why.
_NAMING = (forms.ModelChoiceField, forms.UUIDField)


def test_every_field_that_names_a_row_is_tried() -> None:
    named = {name for form in _forms() for name, field in form.base_fields.items() if isinstance(field, _NAMING)}

    assert named <= {field.name for field in FIELDS}


@pytest.mark.parametrize(("field", "visitor", "label"), CASES)
def test_a_row_of_others_in_a_form_is_like_one_that_is_not_there(
    world: World, field: Field, visitor: str, label: str
) -> None:
    own, person, visits = world.places[A1], world.visitors[visitor], Visits(world)
    foreign, unknown = field.row(world.places[label]), new_id()

    given = visits.open(person, "POST", field.url(own), field.form(own, foreign))
    expected = visits.open(person, "POST", field.url(own), field.form(own, unknown))

    assert given.labels <= person.labels
    assert given.changed <= {A1, ACCOUNT_A}
    assert given.status == expected.status
    assert given.changed == expected.changed
    if given.status != 302:
        assert given.told([foreign]) == expected.told([unknown])


@pytest.mark.parametrize("field", [one for one in FIELDS if one.name in ("server", "successor")], ids=str)
def test_a_server_of_others_is_refused(world: World, field: Field) -> None:
    own, owner, visits = world.places[A1], world.visitors[OWNER], Visits(world)

    answer = visits.open(owner, "POST", field.url(own), field.form(own, field.row(world.places[B1])))

    assert answer.status == 422
    assert not answer.changed


def test_an_answer_from_another_mailbox_of_the_same_account_is_refused(world: World) -> None:
    own, owner, visits = world.places[A1], world.visitors[OWNER], Visits(world)
    field = next(one for one in FIELDS if one.name == "server" and "reply" in one.route)

    answer = visits.open(owner, "POST", field.url(own), field.form(own, world.places[A2].outgoing.pk))

    assert answer.status == 422
    assert not answer.changed


def test_a_successor_from_another_mailbox_of_the_same_account_is_refused(world: World) -> None:
    own, owner, visits = world.places[A1], world.visitors[OWNER], Visits(world)
    field = next(one for one in FIELDS if one.name == "successor")

    answer = visits.open(owner, "POST", field.url(own), field.form(own, world.places[A2].spare.pk))

    assert answer.status == 422
    assert not answer.changed


def _forms(form: type[forms.BaseForm] = forms.BaseForm) -> Iterator[Any]:
    """Yield the forms of ours."""
    for child in form.__subclasses__():
        is_ours = child.__module__.split(".")[0] in ("mailhub", "billing", "servers", "mailboxes", "sequences")
        if is_ours and hasattr(child, "base_fields"):
            yield child
        yield from _forms(child)
