"""What stands behind the question mark (SECURITY section 5, net 3; B091, B120)."""

import pytest
from django.test import Client
from django.urls import reverse

from mailhub.lib.ids import new_id
from tests.factories import PASSWORD
from tests.walls.places import A1, A2, B1
from tests.walls.visits import Visits
from tests.walls.world import MEMBER, OWNER, World

pytestmark = pytest.mark.django_db

LISTS = ["mailboxes:inbox", "mailboxes:inbox-list", "mailboxes:inbox-filters", "mailboxes:saved-view-add"]
LISTS += ["mailboxes:compose"]
GARBAGE = [
    "status=garbage",
    "status=",
    "mailbox=garbage",
    "mailbox=%00",
    "mailbox=1",
    "before=garbage",
    "before=~",
    "before=2026-01-01T00:00:00~{id}",
    "before=0001-01-01T00:00:00%2B23:59~{id}",
    "before=9999-12-31T23:59:59-23:59~{id}",
    "before=2026-01-01T00:00:00Z~%00",
    "unread=%F0%9F%92%A9",
    "ordering=tenant__name",
    "ordering=mailbox__accesses__membership__user__password",
    "tenant={tenant}",
    "tenant__name__startswith=zz",
    "account__name=x",
    "page=-1",
    "page=99999999999999999999",
    "page=%00",
    "to=%00%0D%0ABcc:%20victim@example.com",
    "open=garbage",
    "open=%00",
    "answers=garbage",
    "topic=garbage",
    "topic=%00",
    "topic={id}",
    "q=%00",
    "q=before:garbage",
    "q=tag:{id}&status=closed",
    "tag=garbage",
    "tag={id}",
    "assignee=garbage",
    "assignee={id}",
    "assignee=nobody&assignee=me",
    "order=garbage",
    "order=-mailbox__name",
    "overdue=1&before=2026-01-01T00:00:00Z~{id}",
    "trouble=yes&unread=0",
    "seen=%00&menu=%00",
    "whole=1&view=text&remote=1&all=1",
    "mailbox={id}&mailbox={id}",
]


@pytest.mark.parametrize("visitor", [OWNER, MEMBER])
@pytest.mark.parametrize("route", LISTS)
def test_a_mailbox_of_others_in_the_query_is_like_one_that_is_not_there(world: World, route: str, visitor: str) -> None:
    person, visits = world.visitors[visitor], Visits(world)
    foreign, unknown = world.places[B1 if visitor == OWNER else A2].mailbox.pk, new_id()

    given = visits.open(person, "GET", f"{reverse(route)}?mailbox={foreign}")
    expected = visits.open(person, "GET", f"{reverse(route)}?mailbox={unknown}")

    assert given.status == 404
    assert given.told([foreign]) == expected.told([unknown])


@pytest.mark.parametrize("query", GARBAGE)
@pytest.mark.parametrize(
    "route",
    [
        *LISTS,
        "mailboxes:message-list-set-aside",
        "mailboxes:mailbox-list",
        "mailboxes:notification-list",
        "mailboxes:notification-live",
    ],
)
def test_a_query_that_nobody_meant_shows_nothing_and_breaks_nothing(world: World, route: str, query: str) -> None:
    member = world.visitors[MEMBER]
    filled = query.format(id=world.places[A2].conversation.pk, tenant=world.other_tenant.pk)

    answer = Visits(world).open(member, "GET", f"{reverse(route)}?{filled}")

    assert answer.status in (200, 404)
    assert answer.labels <= member.labels


@pytest.mark.parametrize("query", [*GARBAGE, "message=garbage", "message=%00", "message={id}", "q={id}"])
@pytest.mark.parametrize(
    "route",
    [
        "mailboxes:conversation-detail",
        "mailboxes:conversation-reply",
        "mailboxes:conversation-merge",
        "mailboxes:conversation-split",
        "mailboxes:message-move",
        "mailboxes:message-detail",
    ],
)
def test_such_a_query_on_a_page_of_mail_does_the_same(world: World, route: str, query: str) -> None:
    member, place = world.visitors[MEMBER], world.places[A1]
    filled = query.format(id=world.places[A2].conversation.pk, tenant=world.other_tenant.pk)
    row = place.message if "message" in route else place.conversation

    answer = Visits(world).open(member, "GET", f"{reverse(route, args=[row.pk])}?{filled}")

    assert answer.status in (200, 404)
    assert answer.labels <= member.labels


@pytest.mark.parametrize("label", [A2, B1])
def test_a_place_in_the_list_made_from_a_row_of_others_shows_own_rows_only(world: World, label: str) -> None:
    member, foreign = world.visitors[MEMBER], world.places[label].conversation
    cursor = f"{foreign.last_at.isoformat()}~{foreign.pk}".replace("+", "%2B")

    answer = Visits(world).open(member, "GET", f"{reverse('mailboxes:inbox')}?before={cursor}")

    assert answer.status == 200
    assert answer.labels <= member.labels


@pytest.mark.parametrize("name", ["open", "answers"])
def test_a_message_of_others_in_the_query_is_not_opened(world: World, name: str) -> None:
    member, place = world.visitors[MEMBER], world.places[A1]
    url = reverse("mailboxes:conversation-reply", args=[place.conversation.pk])
    foreign, unknown = world.places[A2].message.pk, new_id()
    visits = Visits(world)

    given = visits.open(member, "GET", f"{url}?{name}={foreign}")
    expected = visits.open(member, "GET", f"{url}?{name}={unknown}")

    assert given.labels <= member.labels
    assert given.told([foreign]) == expected.told([unknown])


@pytest.mark.parametrize(
    "target",
    ["//evil.example", r"/\evil.example", "https://evil.example/", "javascript:alert(1)", r"\\evil.example", "///evil"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(world: World, target: str) -> None:
    """SECURITY B120."""
    person = {"login": world.memberships[OWNER].user.email, "password": PASSWORD}

    response = Client().post(reverse("account_login"), {**person, "next": target})

    assert response.status_code == 302
    assert response["Location"] == "/"


@pytest.mark.parametrize("target", ["//evil.example", r"/\evil.example", "https://evil.example/"])
def test_nobody_is_sent_elsewhere_after_signing_out(world: World, target: str) -> None:
    browser = world.browser(world.visitors[OWNER])

    response = browser.post(reverse("account_logout"), {"next": target})

    assert response["Location"] == reverse("account_login")


@pytest.mark.parametrize("label", [A2, B1])
def test_errors_of_a_server_of_others_are_like_those_of_one_that_is_not_there(world: World, label: str) -> None:
    member, place, foreign = world.visitors[MEMBER], world.places[A1], world.places[label]
    url, visits = reverse("mailboxes:error-list", args=[place.mailbox.pk]), Visits(world)
    unknown = new_id()

    for server in (foreign.incoming.pk, foreign.outgoing.pk):
        given = visits.open(member, "GET", f"{url}?server={server}")
        expected = visits.open(member, "GET", f"{url}?server={unknown}")

        assert given.status == 404
        assert given.told([server]) == expected.told([unknown])
