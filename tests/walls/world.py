"""The world of the walk: accounts A and B, mailboxes A1, A2 and B1 with all that a mailbox can hold, and who visits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.test import Client

from mailboxes.models import ReplyTemplate
from mailhub import clock
from mailhub.people.models import SignedInBrowser
from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.principal import SESSION_KEY
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import make_person, make_tenant
from tests.walls import accounting, contact_book
from tests.walls.canaries import Word, canary, plant, tenant_models
from tests.walls.places import A1, A2, B1, Place, make_place

# Long enough ago that pages show dates, which are the same a second later.
_AGE = timedelta(days=40)

# Labels of what belongs to no mailbox: the accounts, a person outside both.
ACCOUNT_A, ACCOUNT_B, OUTSIDER = "AT", "BT", "PX"
# Labels of people whom the pages about people of more, or of other, accounts show.
OF_BOTH, FORMER = "PB", "PF"


@dataclass(frozen=True)
class Visitor:
    """Someone who opens addresses. `sees` are the mailboxes that they may use, `labels` whose words they may read."""

    name: str
    user: User | None = None
    membership: Membership | None = None
    sees: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


@dataclass
class World:
    tenant: Tenant
    other_tenant: Tenant
    places: dict[str, Place] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    # Whose each row is, by model and key.
    label_of: dict[tuple[str, Any], str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    # A browser in which each person is signed in too.
    signed_in_browsers: dict[str, SignedInBrowser] = field(default_factory=dict)
    _browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, visitor: Visitor) -> Client:
        """Return the visitor's browser as it was just after signing in, whatever it was used for before."""
        browser = self._browsers.setdefault(visitor.name, Client(raise_request_exception=False))
        browser.cookies.clear()
        if visitor.name in self.sessions:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[visitor.name]
        return browser


ANONYMOUS = "anonymous"
OWNER = "A-owner"
ADMINISTRATOR = "A-administrator"
MEMBER = "A-member of A1"
MEMBER_OF_NONE = "A-member of no mailbox"
MEMBER_OF_BOTH_ACCOUNTS = "A-member of A1 who owns B"
DEACTIVATED = "A-member deactivated"
STRANGER = "B-owner"
OUTSIDE = "person without account"
VISITORS = (
    ANONYMOUS,
    OWNER,
    ADMINISTRATOR,
    MEMBER,
    MEMBER_OF_NONE,
    MEMBER_OF_BOTH_ACCOUNTS,
    DEACTIVATED,
    STRANGER,
    OUTSIDE,
)


_OF_THE_ACCOUNT = [ReplyTemplate, *contact_book.OF_THE_ACCOUNT, *accounting.OF_THE_ACCOUNT]


def make_world(word: Word = canary) -> World:
    """Build it; every text of it is what `word` returns for the label of its row."""
    world = World(tenant=make_tenant(word(ACCOUNT_A)), other_tenant=make_tenant(word(ACCOUNT_B)))
    _add_people(world, word)
    for label, tenant in ((ACCOUNT_A, world.tenant), (ACCOUNT_B, world.other_tenant)):
        with tenant_scope(tenant.pk):
            _plant_new_rows(world, label, word)
    access = {
        A1: [MEMBER, MEMBER_OF_BOTH_ACCOUNTS, DEACTIVATED],
        A2: [DEACTIVATED],
        B1: ["B-member"],
    }
    for label, tenant in ((A1, world.tenant), (A2, world.tenant), (B1, world.other_tenant)):
        people = [world.memberships[name] for name in access[label]]
        writer = world.memberships[STRANGER if label == B1 else OWNER]
        world.places[label] = make_place(label, tenant, people, writer, word)
        account = ACCOUNT_B if label == B1 else ACCOUNT_A
        with unscoped("the walk plants canaries"):
            # Everyone in the account may write with every template, and sees every contact.
            _plant_new_rows(
                world, account, word, only=[ReplyTemplate, *contact_book.OF_THE_ACCOUNT, *accounting.OF_THE_ACCOUNT]
            )
            _plant_new_rows(world, label, word)
    world.visitors = {one.name: one for one in _visitors(world)}
    for one in world.visitors.values():
        if one.user is not None:
            browser = _signed_in(one.user, one.membership)
            world.sessions[one.name], world.signed_in_browsers[one.name] = browser.session_key, browser
    return world


def _signed_in(user: User, membership: Membership | None) -> SignedInBrowser:
    """Return a browser in which this person is signed in, in this account."""
    browser = Client()
    browser.force_login(user)
    session = browser.session
    then = clock.now() - _AGE
    assert session.session_key is not None
    noted = SignedInBrowser.objects.create(
        user=user, session_key=session.session_key, started_at=then, last_seen_at=then
    )
    session["browser"] = str(noted.pk)
    if membership is not None:
        session[SESSION_KEY] = str(membership.pk)
    session.save()
    return noted


def _add_people(world: World, word: Word) -> None:
    roles = {
        OWNER: (world.tenant, Role.OWNER),
        ADMINISTRATOR: (world.tenant, Role.ADMINISTRATOR),
        MEMBER: (world.tenant, Role.MEMBER),
        MEMBER_OF_NONE: (world.tenant, Role.MEMBER),
        MEMBER_OF_BOTH_ACCOUNTS: (world.tenant, Role.MEMBER),
        DEACTIVATED: (world.tenant, Role.MEMBER),
        STRANGER: (world.other_tenant, Role.OWNER),
        "B-member": (world.other_tenant, Role.MEMBER),
    }
    for name, (tenant, role) in roles.items():
        membership = make_person(tenant, role)
        if name == DEACTIVATED:
            membership.is_active = False
            membership.save()
        world.memberships[name] = membership
        own_labels = {MEMBER_OF_BOTH_ACCOUNTS: OF_BOTH, DEACTIVATED: FORMER}
        account = ACCOUNT_A if tenant == world.tenant else ACCOUNT_B
        _name(world, membership.user, own_labels.get(name, account), word)
    both = world.memberships[MEMBER_OF_BOTH_ACCOUNTS].user
    world.memberships["B-owner too"] = Membership.objects.create(tenant=world.other_tenant, user=both, role=Role.OWNER)
    for tenant, label in ((world.tenant, ACCOUNT_A), (world.other_tenant, ACCOUNT_B)):
        world.label_of["tenancy.Tenant", tenant.pk] = label
    for membership in world.memberships.values():
        label = ACCOUNT_A if membership.tenant == world.tenant else ACCOUNT_B
        world.label_of["tenancy.Membership", membership.pk] = label


def _name(world: World, user: User, label: str, word: Word) -> None:
    user.name, user.email = word(label)[:120], f"{canary(label)}@canary.example"
    user.save()
    EmailAddress.objects.filter(user=user).update(email=user.email)
    world.label_of["tenancy.User", user.pk] = label


def _visitors(world: World) -> Iterator[Visitor]:
    of_a, of_b = frozenset({ACCOUNT_A}), frozenset({ACCOUNT_B})
    sees = {
        OWNER: {A1, A2},
        ADMINISTRATOR: {A1, A2},
        MEMBER: {A1},
        MEMBER_OF_NONE: set(),
        MEMBER_OF_BOTH_ACCOUNTS: {A1},
        STRANGER: {B1},
    }
    # Owners and administrators see the people of their account.
    people = {OWNER: {OF_BOTH, FORMER}, ADMINISTRATOR: {OF_BOTH, FORMER}, STRANGER: {OF_BOTH}}
    # Those who may use one mailbox know each other: they give each other work.
    people[MEMBER_OF_BOTH_ACCOUNTS] = people[MEMBER] = {OF_BOTH}
    yield Visitor(ANONYMOUS)
    for name, labels in sees.items():
        membership = world.memberships[name]
        account = of_b if name == STRANGER else of_a | of_b if name == MEMBER_OF_BOTH_ACCOUNTS else of_a
        seen = frozenset(labels) | account | people.get(name, set())
        yield Visitor(name, membership.user, membership, frozenset(labels), seen)
    yield Visitor(DEACTIVATED, world.memberships[DEACTIVATED].user, labels=frozenset({FORMER}))
    outside = User.objects.create_user(f"{canary(OUTSIDER)}@canary.example", "a long passphrase", name=canary(OUTSIDER))
    world.label_of["tenancy.User", outside.pk] = OUTSIDER
    yield Visitor(OUTSIDE, outside, labels=frozenset({OUTSIDER}))


def _plant_new_rows(world: World, label: str, word: Word, *, only: Sequence[type[TenantModel]] | None = None) -> None:
    """Give every row that came since the last call to this label, and plant its words there."""
    for model in only or tenant_models():
        for row in model.objects.all():
            key = (model._meta.label, row.pk)
            if key not in world.label_of:
                world.label_of[key] = label
                plant(row, lambda: word(label))


def rows_by_label(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows, whole, by whose they are; a new row is whose its parent is."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with unscoped("the walk compares all rows"):
        models_of_rows: list[type[models.Model]] = [Tenant, User, Membership, *tenant_models()]
        for model in models_of_rows:
            parents = [one for one in model._meta.concrete_fields if isinstance(one, models.ForeignKey)]
            names = [one.attname for one in model._meta.concrete_fields]
            for values in model._base_manager.order_by("pk").values_list(*names):
                row = dict(zip(names, values, strict=True))
                found.setdefault(_label_of(world, model, row, parents), []).append((model._meta.label, *values))
    return found


def _label_of(world: World, model: type[models.Model], row: dict[str, Any], parents: list[models.ForeignKey]) -> str:
    keys = [(model._meta.label, row[model._meta.pk.attname])]
    # The tenant comes last: a row of a mailbox belongs to the mailbox first.
    for parent in sorted(parents, key=lambda one: one.name == "tenant"):
        keys.append((parent.related_model._meta.label, row[parent.attname]))
    return next((world.label_of[key] for key in keys if key in world.label_of), "?")
