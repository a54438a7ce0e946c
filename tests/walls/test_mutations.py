"""The nets have teeth: each wall is taken away in turn, and the net that guards it says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Manager, Model, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from mailboxes.models import Conversation, Mailbox
from mailboxes.models.mailboxes import MailboxQuerySet, OfMailboxQuerySet
from mailboxes.views.mail import composers, downloads
from mailboxes.views.setup import finding, incoming
from mailhub.shell import frame
from mailhub.shell import views as shell
from mailhub.tenancy import middleware, principal
from mailhub.tenancy.access import PUBLIC
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager
from mailhub.tenancy.scope import tenant_scope
from servers.models import IncomingServer, OutgoingServer
from tests.walls.places import A1, A2
from tests.walls.registry import REGISTRY, routes
from tests.walls.visits import Visits
from tests.walls.walking import walk
from tests.walls.world import ANONYMOUS, DEACTIVATED, MEMBER, OWNER, World

pytestmark = pytest.mark.django_db

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutation:
    """A wall that is missing, the step of the walk that must notice it, and what it must say."""

    missing: str
    patch: Patch
    route: str
    visitor: str
    method: str
    finding: str

    def __str__(self) -> str:
        return self.missing


def _mailboxes_of_the_tenant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MailboxQuerySet, "visible_to", _of_the_tenant)


def _mail_of_the_tenant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OfMailboxQuerySet, "visible_to", _of_the_tenant)


def _of_the_tenant(rows: QuerySet[Any], membership: Membership) -> QuerySet[Any]:
    return rows.filter(tenant_id=membership.tenant_id)


def _no_tenant_at_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TenantManager, "get_queryset", lambda manager: Manager.get_queryset(manager))
    patch.setattr(OfMailboxQuerySet, "visible_to", lambda rows, _membership: rows)


def _everyone_may_do_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(principal.Principal, "may", lambda _principal, _permission: True)


def _every_view_public(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(middleware, "declared_permission", lambda _view, _name: PUBLIC)


def _deactivation_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(principal, "memberships_of", lambda user: list(Membership.objects.filter(user=user)))


def _server_under_any_mailbox(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(incoming, "get_incoming", lambda _box, pk: get_object_or_404(IncomingServer.objects, pk=pk))


def _any_membership_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shell, "memberships_of", lambda _user: list(Membership.objects.all()))


def _refused_instead_of_not_found(patch: pytest.MonkeyPatch) -> None:
    def find(rows: QuerySet[Any], **wanted: Any) -> Model:
        if not rows.filter(**wanted).exists() and Mailbox.objects.filter(**wanted).exists():
            raise PermissionDenied
        return get_object_or_404(rows, **wanted)

    patch.setattr(finding, "get_object_or_404", find)


def _attachment_without_its_message(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(downloads, "get_object_or_404", lambda rows, pk: get_object_or_404(rows.model.objects, pk=pk))


MUTATIONS = [
    Mutation(
        "which mailboxes a member may use",
        _mailboxes_of_the_tenant,
        "mailboxes:mailbox-detail", MEMBER, "GET", "A2: shows words of A2",
    ),
    Mutation(
        "whose mail a member may touch",
        _mail_of_the_tenant,
        "mailboxes:conversation-close", MEMBER, "POST", "A2: changed rows of A2",
    ),
    Mutation(
        "the permission behind requires()",
        _everyone_may_do_everything,
        "mailboxes:mailbox-change", MEMBER, "GET", "A1: answered 200, declared is 403",
    ),
    Mutation(
        "the door of every view",
        _every_view_public,
        "mailboxes:inbox", ANONYMOUS, "GET", "no object: answered 500, declared is 302",
    ),
    Mutation(
        "the end of a membership",
        _deactivation_ignored,
        "mailboxes:mailbox-list", DEACTIVATED, "GET", "no object: shows words of A1",
    ),
    Mutation(
        "that a server is looked up within its mailbox",
        _server_under_any_mailbox,
        "mailboxes:incoming-change", OWNER, "GET", "row of A2 under mailbox A1: answered 200, declared is 404",
    ),
    Mutation(
        "that a membership is one's own",
        _any_membership_taken,
        "shell:account-switch", MEMBER, "POST", "B1: answered 302, declared is 404",
    ),
    Mutation(
        "that the hidden is not found rather than refused",
        _refused_instead_of_not_found,
        "mailboxes:mailbox-detail", MEMBER, "GET", "A2: differs from the answer for what is not there",
    ),
    Mutation(
        "that an attachment is looked up within visible messages",
        _attachment_without_its_message,
        "mailboxes:attachment-download", MEMBER, "GET", "A2: shows words of A2",
    ),
]  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_the_walk_notices_when_a_wall_is_missing(
    world: World, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation.patch(monkeypatch)

    assert mutation.finding in "\n".join(_findings(world, mutation.route, mutation.visitor, mutation.method))


def test_a_missing_tenant_filter_is_noticed_and_postgresql_holds_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_tenant_at_all(monkeypatch)

    findings = "\n".join(_findings(world, "mailboxes:conversation-detail", OWNER, "GET"))

    assert ("shows words of B1" in findings) == (connection.vendor == "sqlite")


def test_a_form_that_offers_every_server_of_the_account_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composers, "servers_of", lambda _request, _box=None: OutgoingServer.objects.all())
    own, member = world.places[A1], world.visitors[MEMBER]
    form = {**REGISTRY["mailboxes:compose"].form(own), "server": str(world.places[A2].outgoing.pk)}

    answer = Visits(world).open(member, "POST", reverse("mailboxes:compose"), form)

    assert A2 in answer.changed


def test_a_count_of_what_is_hidden_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(_frame: frame.Frame) -> str:
        return str(Conversation.objects.count())

    monkeypatch.setattr(frame.Frame, "unread", property(everything))
    member, url = world.visitors[MEMBER], reverse("mailboxes:inbox")

    with_hidden = Visits(world).open(member, "GET", url).told()
    with tenant_scope(world.tenant.pk):
        Conversation.objects.filter(mailbox=world.places[A2].mailbox).delete()
    without_hidden = Visits(world).open(member, "GET", url).told()

    assert with_hidden != without_hidden


def _findings(world: World, route: str, visitor: str, method: str) -> list[str]:
    pattern = dict(routes())[route]
    return list(walk(world, route, pattern, REGISTRY[route], visitors=[world.visitors[visitor]], methods=[method]))
