"""What a person may see, read once for a page."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from mailboxes import overview
from mailboxes.models import Conversation, Mailbox, MailboxAccess
from mailboxes.overview import mailboxes_of, sight_from
from mailboxes.sight import Sight, seeing
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.queue.factories import make_conversation


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        yield cast


def _sight(membership: Membership) -> Sight | None:
    return sight_from(membership, mailboxes_of(membership))


def _subjects(membership: Membership) -> set[str]:
    return set(Conversation.objects.visible_to(membership).values_list("subject", flat=True))


def test_within_sight_people_see_what_they_see_without_it(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Order")
    make_conversation(cast.hidden_mailbox, "Secret")

    for person, expected in ((cast.member, {"Order"}), (cast.owner, {"Order", "Secret"})):
        with seeing(_sight(person)):
            assert _subjects(person) == expected
            assert Mailbox.objects.visible_to(person).count() == len(expected)


def test_sight_of_one_person_says_nothing_of_another(cast: Cast) -> None:
    make_conversation(cast.hidden_mailbox, "Secret")

    with seeing(_sight(cast.owner)):
        assert _subjects(cast.member) == set()


def test_sight_ends_with_its_page(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Order")
    with seeing(_sight(cast.member)):
        MailboxAccess.objects.filter(membership=cast.member).delete()

    assert _subjects(cast.member) == set()


def test_who_sees_every_mailbox_sees_nothing_of_a_deleted_one(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Order")
    make_conversation(cast.hidden_mailbox, "Gone")
    Mailbox.objects.filter(pk=cast.hidden_mailbox.pk).update(deleted_at=clock.now())

    with seeing(_sight(cast.owner)):
        assert _subjects(cast.owner) == {"Order"}
    page = signed_in(cast.owner).get(reverse("mailboxes:inbox"), {"status": "all"}).content.decode()
    assert "Order" in page
    assert "Gone" not in page


def test_who_has_no_mailbox_gets_an_empty_list(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Order")
    MailboxAccess.objects.all().delete()

    page = signed_in(cast.member).get(reverse("mailboxes:inbox"))

    assert page.status_code == 200
    assert "Order" not in page.content.decode()


def test_of_more_mailboxes_than_are_read_each_query_finds_them_itself(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_conversation(cast.mailbox, "Order")
    make_conversation(cast.hidden_mailbox, "Secret")
    monkeypatch.setattr(overview, "MOST_MAILBOXES", 1)

    page = signed_in(cast.owner).get(reverse("mailboxes:inbox")).content.decode()

    assert _sight(cast.owner) is None
    assert "Order" in page
    assert "Secret" in page
