"""New work goes to whoever has least to do (SPEC Q5)."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mailboxes import receiving
from mailboxes.models import Conversation, ConversationEvent, Mailbox, MailboxAccess, Notification
from mailboxes.routing import balancing
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_person
from tests.mailboxes.automatic.post import letter, receive, store
from tests.mailboxes.routing.rules import NOON, action, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_scope(mailbox: Mailbox) -> Iterator[None]:
    with tenant_scope(mailbox.tenant_id):
        yield


@pytest.fixture
def second(cast: Cast, mailbox: Mailbox) -> Membership:
    """Another member who may use the mailbox."""
    person = make_person(cast.tenant, Role.MEMBER)
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=person)
    return person


def _give(mailbox: Mailbox, person: Membership, count: int = 1, **fields: Any) -> None:
    values = {"created_at": NOON, "last_at": NOON, **fields}
    for _ in range(count):
        Conversation.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, assignee=person, **values)


def test_who_has_fewest_open_conversations_is_next(cast: Cast, mailbox: Mailbox, second: Membership) -> None:
    _give(mailbox, cast.owner, 3)
    _give(mailbox, cast.member, 2)
    _give(mailbox, second, 5, status=Conversation.Status.CLOSED)

    assert balancing.least_busy(mailbox) == second


def test_conversations_of_other_mailboxes_count_too(cast: Cast, mailbox: Mailbox) -> None:
    _give(cast.hidden_mailbox, cast.owner)

    assert balancing.least_busy(mailbox) == cast.member


def test_of_two_with_as_much_to_do_the_one_with_older_news_is_next(
    cast: Cast, mailbox: Mailbox, second: Membership
) -> None:
    _give(mailbox, cast.owner)
    _give(mailbox, cast.member, status=Conversation.Status.CLOSED)
    _give(mailbox, second, status=Conversation.Status.CLOSED, last_at=NOON - timedelta(days=1))

    assert balancing.least_busy(mailbox) == second


def test_only_those_who_were_chosen_are_asked(cast: Cast, mailbox: Mailbox, second: Membership) -> None:
    _give(mailbox, second)

    assert balancing.least_busy(mailbox, among={second.pk}) == second
    assert balancing.least_busy(mailbox, among={cast.stranger.pk}) is None


def test_who_has_left_or_may_not_use_the_mailbox_gets_nothing(cast: Cast, mailbox: Mailbox, second: Membership) -> None:
    _give(mailbox, cast.owner, 3)
    MailboxAccess.objects.filter(membership=cast.member).delete()
    Membership.objects.filter(pk=second.pk).update(is_active=False)

    assert balancing.least_busy(mailbox) == cast.owner


def test_a_window_of_mail_spreads_evenly(cast: Cast, mailbox: Mailbox, second: Membership) -> None:
    make_rule(mailbox, action("balance", f"{cast.member.pk} {second.pk}"))
    for _ in range(20):
        store(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    receiving.receive_waiting(mailbox.pk, now=lambda: NOON)

    given = Counter(Conversation.objects.values_list("assignee", flat=True))
    assert given == {cast.member.pk: 10, second.pk: 10}
    assert Notification.objects.filter(kind=Notification.Kind.ASSIGNED).count() == 20


def test_the_history_says_why(cast: Cast, mailbox: Mailbox) -> None:
    make_rule(mailbox, action("balance", str(cast.member.pk)), name="Spread")

    receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    event = ConversationEvent.objects.get(kind=ConversationEvent.Kind.ASSIGNED)
    assert event.words == f"Assigned to {cast.member.user}, who has least to do, by the rule “Spread”"


def test_who_has_a_conversation_keeps_it(cast: Cast, mailbox: Mailbox) -> None:
    rule = make_rule(mailbox, action("assign", cast.member.pk), action("balance", str(cast.owner.pk)))

    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert rule.is_active
    assert Conversation.objects.get().assignee == cast.member
    assert any("somebody has it already" in one["did"] for one in message.trace)


def test_a_rule_whose_people_are_all_gone_assigns_nobody(cast: Cast, mailbox: Mailbox) -> None:
    make_rule(mailbox, action("balance", str(cast.stranger.pk)))

    receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert Conversation.objects.get().assignee is None


def test_a_rule_for_everyone_chooses_among_all_who_may_use_the_mailbox(cast: Cast, mailbox: Mailbox) -> None:
    _give(mailbox, cast.owner)
    make_rule(mailbox, action("balance", ""))

    receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)

    assert Conversation.objects.get(subject="A broken lamp").assignee == cast.member
