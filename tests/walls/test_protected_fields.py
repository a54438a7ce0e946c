"""Fields that a form does not have, sent along all the same, have no effect (SECURITY B096-B099)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.urls import reverse

from billing.models import BillingProfile
from mailboxes.models import Mailbox
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.walls.places import A1, B1, Place
from tests.walls.registry import REGISTRY
from tests.walls.world import OWNER, World, rows_by_label

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Form:
    """A form that changes one row. `changes` are the columns that it writes, or that follow from what it writes."""

    route: str
    prefix: str
    row: Callable[[World, Place], models.Model]
    ids: Callable[[Place], list[Any]]
    changes: frozenset[str]

    def __str__(self) -> str:
        return self.route


def _billing_profile(world: World) -> BillingProfile:
    with tenant_scope(world.tenant.pk):
        profile: BillingProfile = BillingProfile.objects.get()
    return profile


_CONNECTION = {"name", "host", "port", "security", "username", "password", "failure_count"}
FORMS = [
    Form(
        "mailboxes:mailbox-change",
        "",
        lambda _world, place: place.mailbox,
        lambda place: [place.mailbox.pk],
        # The kind is fixed, because mail has flowed.
        frozenset({"name", "address", "comments"}),
    ),
    Form(
        "mailboxes:incoming-change",
        "incoming-",
        lambda _world, place: place.incoming,
        lambda place: [place.mailbox.pk, place.incoming.pk],
        # Another account is polled at once and begins anew.
        frozenset(_CONNECTION | {"protocol", "copy_mail", "comments", "next_poll_at", "last_success_at"})
        | {"remove_after_days", "watch_junk", "read_sent", "copy_to_sent", "folders_sought_at"}
        | {"last_failure", "last_failure_advice"},
    ),
    Form(
        "mailboxes:outgoing-change",
        "outgoing-",
        lambda _world, place: place.outgoing,
        lambda place: [place.mailbox.pk, place.outgoing.pk],
        frozenset(_CONNECTION | {"display_name", "from_address", "reply_to", "envelope_from", "authenticate"})
        | {"last_failure", "last_failure_advice"},
    ),
    Form(
        "mailboxes:segment-change",
        "",
        lambda _world, place: place.mailbox.segment,
        lambda place: [place.mailbox.segment_id],
        frozenset({"name", "default_mailbox_id"}),
    ),
    Form(
        "mailboxes:discard-filter-change",
        "",
        lambda _world, place: place.discard_filter,
        lambda place: [place.mailbox.pk, place.discard_filter.pk],
        # A filter of a subject has no name of a header field.
        frozenset({"field", "header_name", "operator", "value", "is_active", "is_forwarded"}),
    ),
    Form(
        "mailboxes:mailbox-filters",
        "",
        lambda _world, place: place.mailbox,
        lambda place: [place.mailbox.pk],
        frozenset({"filter_set_id", "default_topic_id"}),
    ),
    Form(
        "mailboxes:filter-set-change",
        "",
        lambda _world, place: place.filter_set,
        lambda place: [place.filter_set.pk],
        frozenset({"name"}),
    ),
    Form(
        "mailboxes:filter-rule-change",
        "",
        lambda _world, place: place.filter_rule,
        lambda place: [place.filter_set.pk, place.filter_rule.pk],
        frozenset({"phrases", "place", "topic_id"}),
    ),
    Form(
        "mailboxes:topic-change",
        "",
        lambda _world, place: place.topic,
        lambda place: [place.topic.pk],
        frozenset({"name"}),
    ),
    Form("shell:account", "", lambda world, _place: world.tenant, lambda _place: [], frozenset({"name", "time_zone"})),
    Form(
        "billing:profile-change",
        "",
        lambda world, _place: _billing_profile(world),
        lambda _place: [],
        frozenset({"company", "address", "country", "vat_id", "email", "reference"}),
    ),
    Form(
        "shell:profile",
        "",
        lambda world, _place: world.memberships[OWNER].user,
        lambda _place: [],
        frozenset({"name", "time_zone"}),
    ),
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_form_changes_the_fields_that_it_has_and_no_other(world: World, form: Form) -> None:
    place = world.places[A1]
    row = form.row(world, place)
    before, foreign = _columns(row), rows_by_label(world)[B1]
    content = {**_hostile(world, form, row), **REGISTRY[form.route].form(place)}

    response = world.browser(world.visitors[OWNER]).post(reverse(form.route, args=form.ids(place)), content)

    assert response.status_code == 302
    after = _columns(row)
    assert {name for name in before if before[name] != after[name]} <= form.changes
    assert rows_by_label(world)[B1] == foreign


def test_the_kind_stays_once_mail_has_flowed(world: World) -> None:
    place = world.places[A1]
    content = {**REGISTRY["mailboxes:mailbox-change"].form(place), "kind": Mailbox.Kind.MARKETING}

    world.browser(world.visitors[OWNER]).post(reverse("mailboxes:mailbox-change", args=[place.mailbox.pk]), content)

    assert _columns(place.mailbox)["kind"] == Mailbox.Kind.SERVICE


def test_nobody_makes_themselves_owner(world: World) -> None:
    member = world.visitors["A-member of A1"]
    roles = set(Membership.objects.values_list("pk", "tenant", "user", "role", "is_active"))
    claims = {"role": "owner", "membership": str(world.memberships[OWNER].pk), "is_staff": "on", "plan": "free"}

    world.browser(member).post(reverse("shell:profile"), {"name": "New", "time_zone": "UTC", **claims})

    assert set(Membership.objects.values_list("pk", "tenant", "user", "role", "is_active")) == roles


def test_a_new_mailbox_is_made_in_ones_own_account_under_an_id_of_ours(world: World) -> None:
    chosen = new_id()
    claims = {"id": str(chosen), "pk": str(chosen), "tenant": str(world.other_tenant.pk)}
    claims |= {"tenant_id": str(world.other_tenant.pk), "first_mail_at": "2001-01-01"}
    foreign = rows_by_label(world)[B1]

    world.browser(world.visitors[OWNER]).post(
        reverse("mailboxes:mailbox-add"), {**REGISTRY["mailboxes:mailbox-add"].form(world.places[A1]), **claims}
    )

    with tenant_scope(world.tenant.pk):
        made = Mailbox.objects.get(name="Renamed")
    assert made.pk != chosen
    assert made.first_mail_at is None
    assert rows_by_label(world)[B1] == foreign


def test_a_new_server_is_made_in_the_mailbox_of_the_address(world: World) -> None:
    place, other = world.places[A1], world.places[B1]
    claims = {"outgoing-mailbox": str(other.mailbox.pk), "outgoing-tenant": str(world.other_tenant.pk)}
    claims |= {"outgoing-id": str(other.outgoing.pk), "outgoing-is_default": "on", "mailbox": str(other.mailbox.pk)}
    foreign = rows_by_label(world)[B1]

    world.browser(world.visitors[OWNER]).post(
        reverse("mailboxes:outgoing-add", args=[place.mailbox.pk]),
        {**REGISTRY["mailboxes:outgoing-add"].form(place), **claims},
    )

    with tenant_scope(world.tenant.pk):
        made = OutgoingServer.objects.get(from_address="new@acme.example")
    assert made.mailbox_id == place.mailbox.pk
    assert not made.is_default
    assert rows_by_label(world)[B1] == foreign


def _columns(row: models.Model) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    found = type(row)._base_manager.values_list(*names)
    # Whatever the page did, the row must still be there under its key.
    with tenant_scope(getattr(row, "tenant_id", 0)):
        return dict(zip(names, found.get(pk=row.pk), strict=True))


def _hostile(world: World, form: Form, row: models.Model) -> dict[str, str]:
    """Return another value for every column of the row, under each name that a form might give it."""
    before = _columns(row)
    values: dict[str, str] = {}
    for field in row._meta.concrete_fields:
        value = _other_value(world, field, before[field.attname])
        for name in (field.name, field.attname):
            values[name] = values[f"{form.prefix}{name}"] = value
    return values


def _other_value(world: World, field: models.Field, value: Any) -> str:
    if isinstance(field, models.ForeignKey):
        return str(world.other_tenant.pk if field.name == "tenant" else world.places[B1].mailbox.pk)
    if isinstance(field, models.BooleanField):
        return "" if value else "on"
    if isinstance(field, models.UUIDField):
        return str(new_id())
    if isinstance(field, models.DateTimeField):
        return "2001-01-01 00:00:00"
    return "7" if isinstance(field, models.IntegerField) else "hostile@evil.example"
