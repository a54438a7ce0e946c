"""Every route, opened by everyone, for everything (SECURITY section 5, net 1; B089, B090, B095)."""

import pytest
from django.urls import reverse

from mailboxes.models import Mailbox, MailboxAccess, ReplyTemplate
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import PERMISSIONS, Role
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import unscoped
from tests.walls import accounting, contact_book
from tests.walls.canaries import tenant_models
from tests.walls.naming import names_in, targets_of
from tests.walls.places import A1, A2, B1
from tests.walls.registry import REGISTRY, routes
from tests.walls.visits import Visits
from tests.walls.walking import walk
from tests.walls.world import ACCOUNT_A, ACCOUNT_B, MEMBER, World, rows_by_label

ROUTES = dict(routes())
READ_BY_MEMBERS = sorted(
    name
    for name, route in REGISTRY.items()
    if route.answers.get("GET") == 200 and route.needs in PERMISSIONS[Role.MEMBER]
)

pytestmark = pytest.mark.django_db


def test_every_route_is_in_the_registry_and_nothing_else() -> None:
    assert sorted(REGISTRY) == sorted(name for name, _pattern in routes())


def test_the_world_holds_a_row_of_every_kind_in_every_mailbox(world: World) -> None:
    rows = rows_by_label(world)

    of_account: tuple[type[TenantModel], ...] = (
        ReplyTemplate,
        *contact_book.OF_THE_ACCOUNT,
        *accounting.OF_THE_ACCOUNT,
    )
    wanted = {model._meta.label for model in tenant_models() if model not in of_account}
    for label in (ACCOUNT_A, ACCOUNT_B):
        assert {row[0] for row in rows[label]} >= {model._meta.label for model in of_account}
    for label in (A1, A2, B1):
        assert {row[0] for row in rows[label]} >= wanted


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_answers_as_declared_and_shows_and_changes_nothing_of_others(world: World, name: str) -> None:
    findings = list(walk(world, name, ROUTES[name], REGISTRY[name], visitors=world.visitors.values()))

    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("name", READ_BY_MEMBERS)
def test_a_page_is_the_same_when_what_is_hidden_is_gone(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a name, not a count, not a number of pages (SPEC T3)."""
    # Forms offer times from the next minute on: both answers are given at the same moment.
    present = clock.now()
    monkeypatch.setattr(clock, "now", lambda: present)
    member = world.visitors[MEMBER]
    target = next(one for one in targets_of(world, ROUTES[name]) if one.label == A1 or not names_in(ROUTES[name]))
    url = reverse(name, kwargs=target.ids)

    with_hidden = Visits(world).open(member, "GET", url).told()
    with unscoped("all but one mailbox disappear"):
        Mailbox.objects.exclude(pk=world.places[A1].mailbox.pk).delete()
    without_hidden = Visits(world).open(member, "GET", url).told()

    assert with_hidden == without_hidden


def test_a_grant_that_is_taken_away_ends_with_the_next_request(world: World) -> None:
    """SECURITY B095."""
    member = world.visitors[MEMBER]
    browser, url = world.browser(member), reverse("mailboxes:inbox") + f"?mailbox={world.places[A1].mailbox.pk}"

    before = browser.get(url)
    with unscoped("an administrator takes a grant away"):
        MailboxAccess.objects.filter(membership=member.membership).delete()
    after = browser.get(url)

    assert (before.status_code, after.status_code) == (200, 404)


def test_a_membership_that_is_ended_ends_with_the_next_request(world: World) -> None:
    member = world.visitors[MEMBER]
    browser, url = world.browser(member), reverse("mailboxes:inbox")

    before = browser.get(url)
    Membership.objects.filter(user=member.user).update(is_active=False)
    after = browser.get(url)

    assert before.status_code == 200
    assert after.headers["Location"] == reverse("shell:no-account")
