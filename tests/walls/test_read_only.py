"""An account that is read-only: each route that people post to declares that it works there, or changes no row."""

import pytest
from django.urls import URLPattern, reverse

from mailhub.tenancy.access import PUBLIC
from mailhub.tenancy.middleware import declared_permission
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.read_only import PAYMENT_REQUIRED, works
from mailhub.tenancy.standing import Standing
from tests.walls.naming import targets_of
from tests.walls.registry import REGISTRY, routes
from tests.walls.visits import Visits
from tests.walls.world import OWNER, World

ROUTES = dict(routes())
_BY_PERMISSION = set(Permission)

pytestmark = pytest.mark.django_db


def _works(name: str) -> bool:
    pattern = ROUTES[name]
    namespace = name.rpartition(":")[0]
    return works(pattern.callback, namespace=namespace, url_name=pattern.name)


def _is_of_people(name: str) -> bool:
    """Whether it is a view of ours for people of an account who are signed in, to which something is posted."""
    declared = declared_permission(ROUTES[name].callback, ROUTES[name].name)
    return "POST" in REGISTRY[name].answers and declared in _BY_PERMISSION and declared != PUBLIC


POSTED = sorted(name for name in REGISTRY if _is_of_people(name))
REFUSED = [name for name in POSTED if not _works(name)]


def test_only_views_in_this_list_work_while_an_account_is_read_only() -> None:
    working = {name for name in POSTED if _works(name) and name.partition(":")[0] in _OURS}

    assert working == {
        # One's own.
        "shell:account-switch",
        "shell:profile",
        "people:session-end",
        "people:session-end-others",
        # What one is writing, and what one has seen.
        "mailboxes:draft-save",
        "mailboxes:draft-discard",
        "mailboxes:draft-restore",
        "mailboxes:draft-attach",
        "mailboxes:draft-attachment-remove",
        "mailboxes:letter-check",
        "mailboxes:conversation-live",
        "mailboxes:conversation-unread",
        "mailboxes:message-pictures",
        "mailboxes:message-pictures-stop",
        "mailboxes:notification-read",
        "mailboxes:notification-read-all",
        # What only reads.
        "sequences:contact-export",
        "sequences:enrollment-export",
        # What keeps mail from leaving.
        "mailboxes:outgoing-undo",
        "sequences:sequence-pause",
    }


def test_everything_that_helps_to_pay_works() -> None:
    assert all(_works(name) for name in POSTED if name.startswith("billing:"))


def test_every_other_route_refuses_what_is_posted_and_changes_no_row(world: World) -> None:
    Tenant.objects.filter(pk=world.tenant.pk).update(standing=Standing.READ_ONLY)
    owner, visits = world.visitors[OWNER], Visits(world)
    findings = []

    for name in REFUSED:
        answer = visits.open(owner, "POST", *_posted(world, name, ROUTES[name]))
        if answer.status != PAYMENT_REQUIRED or answer.changed:
            findings.append(f"{name} answered {answer.status} and changed {sorted(answer.changed)}")

    assert len(REFUSED) > 100
    assert not findings, "\n".join(findings)


def _posted(world: World, name: str, pattern: URLPattern) -> tuple[str, dict[str, object]]:
    target = targets_of(world, pattern)[0]
    return reverse(name, kwargs=target.ids), REGISTRY[name].form(target.place)


_OURS = frozenset({"shell", "people", "mailboxes", "sequences", "servers"})
