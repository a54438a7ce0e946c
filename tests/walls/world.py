"""The world of the walk: accounts A and B, mailboxes A1, A2 and B1 with all that a mailbox can hold, and who visits."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.test import Client

from billing import subscribing
from mailboxes import segments
from mailboxes.models import (
    AddressStanding,
    Alarm,
    Attachment,
    AttachmentPolicy,
    AutomaticMail,
    Autoresponder,
    Conversation,
    ConversationEvent,
    ConversationRead,
    ConversationTag,
    CorrespondentCertificate,
    Delivery,
    DeliveryAttempt,
    DiscardFilter,
    FilterRule,
    FilterSet,
    Mailbox,
    MailboxAccess,
    Message,
    MessageOrigin,
    OutgoingMessage,
    PlatformUsage,
    ReplyCheck,
    ReplyProbe,
    ReplyTemplate,
    ReportedFailure,
    RoutingRule,
    SegmentPerson,
    SentCopy,
    SigningIdentity,
    Tag,
    Topic,
    TrustedAuthority,
)
from mailboxes.standing.changing import Occasion, mark_incorrect
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.lib.secret import Secret
from mailhub.people.models import SignedInBrowser
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Invitation, Membership, Tenant, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.principal import SESSION_KEY
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import Folder, IncomingServer, OutgoingServer, ServerError
from servers.models.oauth import OAuthConsent
from tests.factories import make_incoming, make_mailbox, make_oauth, make_outgoing, make_person, make_tenant
from tests.mailboxes.intake.factories import make_filter
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.walls.canaries import Word, canary, plant, tenant_models

# Long enough ago that pages show dates, which are the same a second later.
_AGE = timedelta(days=40)

A1, A2, B1 = "A1", "A2", "B1"
# Labels of what belongs to no mailbox: the accounts, a person outside both, and what nobody may ever see.
ACCOUNT_A, ACCOUNT_B, OUTSIDER, SECRET = "AT", "BT", "PX", "SX"
# Labels of people whom the pages about people of more, or of other, accounts show.
OF_BOTH, FORMER = "PB", "PF"


@dataclass(frozen=True)
class Place:
    """One mailbox with one row, at least, of everything that belongs to a mailbox."""

    label: str
    mailbox: Mailbox
    incoming: IncomingServer
    outgoing: OutgoingServer
    spare: OutgoingServer
    conversation: Conversation
    # Another one of the same mailbox, which the first is linked to.
    linked: Conversation
    message: Message
    attachment: Attachment
    sent: OutgoingMessage
    uncertain: Delivery
    invitation: Invitation
    identity: SigningIdentity
    authority: TrustedAuthority
    correspondent: CorrespondentCertificate
    standing: AddressStanding
    discard_filter: DiscardFilter
    discarded: Message
    topic: Topic
    filter_set: FilterSet
    filter_rule: FilterRule
    reply_template: ReplyTemplate
    routing_rule: RoutingRule

    @property
    def mailbox_name(self) -> str:
        """The name as it is now, with its canary."""
        with tenant_scope(self.mailbox.tenant_id):
            return str(self.mailbox.refreshed().name)


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
        world.places[label] = _make_place(label, tenant, people, writer, word)
        with unscoped("the walk plants canaries"):
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
    people[MEMBER_OF_BOTH_ACCOUNTS] = {OF_BOTH}
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


def _make_place(label: str, tenant: Tenant, people: list[Membership], writer: Membership, word: Word) -> Place:
    then = clock.now() - _AGE
    with tenant_scope(tenant.pk):
        standard = subscribing.first_subscription().plan
        subscription = subscribing.start(tenant, standard, name=label, now=then)
        segment = segments.add(tenant, label, now=then)
    mailbox = make_mailbox(tenant, label, segment=segment, subscription=subscription)
    archive = {"archive_mode": "archive", "archive_from": then.date()}
    incoming = make_incoming(mailbox, password=canary(SECRET), failure_count=1, last_success_at=then, **archive)
    outgoing = make_outgoing(mailbox, password=canary(SECRET), last_success_at=then)
    secrets = ("client_secret", "refresh_token", "password", "access_token")
    credential = make_oauth(mailbox, **{name: canary(SECRET) for name in secrets})
    spare = make_outgoing(mailbox, password=canary(SECRET), is_default=False, oauth=credential)
    message = _receive(mailbox, label, word)
    conversation, linked = conversation_of(message), _linked(mailbox, message, label, word)
    sent = send(outgoing, writer, conversation=conversation, answers=message, text=word(label), at=then)
    with tenant_scope(tenant.pk):
        for person in people:
            MailboxAccess.objects.create(tenant=tenant, mailbox=mailbox, membership=person)
        ConversationRead.objects.create(
            tenant=tenant, conversation=conversation, membership=writer, read_until=then - timedelta(days=1)
        )
        folder = Folder.objects.create(tenant=tenant, server=incoming, uidvalidity=7)
        MessageOrigin.objects.create(
            tenant=tenant, message=message, server=incoming, folder=folder, uidvalidity=7, identity="1"
        )
        SentCopy.objects.create(
            tenant=tenant,
            outgoing_message=sent,
            server=incoming,
            state=SentCopy.State.DONE,
            not_before=then,
            created_at=then,
        )
        _add_what_watches(mailbox, outgoing, sent, label=label, at=then)
        SegmentPerson.objects.create(tenant=tenant, segment=segment, membership=people[0])
        OAuthConsent.objects.create(
            tenant=tenant,
            credential=credential,
            membership=writer,
            outgoing_server=spare,
            provider=credential.provider,
            state_digest=canary(label),
            session_digest=canary(label),
            verifier=Secret(canary(SECRET)),
            nonce=canary(SECRET),
            expires_at=then,
        )
        for server in (incoming, outgoing):
            failure = ServerFailure(Operation.SIGN_IN, FailureKind.PERMANENT, label, advice=label)
            ServerError.objects.record(server, failure, now=then)
        _store(mailbox, word(label))
        _store(mailbox, word(label), state=Message.State.SET_ASIDE, failure="Traceback")
        _record_attempt(sent)
        return Place(
            label=label,
            mailbox=mailbox,
            incoming=incoming,
            outgoing=outgoing,
            spare=spare,
            conversation=conversation,
            linked=linked,
            message=message,
            attachment=message.attachments.get(),
            sent=sent,
            uncertain=_deliver(sent),
            invitation=_invite(label, writer),
            **_certificates(mailbox, writer, at=then),
            standing=_standing(mailbox, label, message, at=then),
            discard_filter=make_filter(mailbox, value=label, created_at=then),
            discarded=_discarded(mailbox, word(label), at=then),
            **_topics(mailbox, conversation, label, at=then),
            **_automatic(mailbox, message, sent, label, at=then),
        )


def _standing(mailbox: Mailbox, label: str, message: Message, *, at: datetime) -> AddressStanding:
    """Add an address that bounced."""
    occasion = Occasion(mailbox.tenant_id, at, words=label, message=message)
    mark_incorrect(f"{canary(label)}@customer.example", occasion)
    ReportedFailure.objects.create(
        tenant=mailbox.tenant, message=message, address=label, diagnostic=label, reported_at=at
    )
    newest: AddressStanding = AddressStanding.objects.order_by("-id")[:1].get()
    return newest


def _add_what_watches(
    mailbox: Mailbox, outgoing: OutgoingServer, sent: OutgoingMessage, *, label: str, at: datetime
) -> None:
    """Add a reply check that ended, an alarm, and a day on which the platform carried mail."""
    tenant = mailbox.tenant
    check = ReplyCheck.objects.create(
        tenant=tenant, mailbox=mailbox, outgoing_server=outgoing, started_at=at, finished_at=at
    )
    ReplyProbe.objects.create(
        tenant=tenant,
        check_run=check,
        mailbox=mailbox,
        role=ReplyProbe.Role.FROM,
        address=f"{canary(label)}@canary.example",
        token=canary(SECRET),
        state=ReplyProbe.State.MISSING,
        sent_at=at,
    )
    Alarm.objects.create(tenant=tenant, mailbox=mailbox, kind=Alarm.Kind.SENDS_UNSENT, raised_at=at, told_at=at)
    # One row for each day of a tenant, and A1 and A2 have the same.
    PlatformUsage.objects.create(tenant=tenant, on=at.date() - timedelta(days=label == A2), recipient_count=1)


def _discarded(mailbox: Mailbox, words: str, *, at: datetime) -> Message:
    """Add a message that was not taken in, and the limits because of which it might have been."""
    AttachmentPolicy.objects.create(tenant=mailbox.tenant, mailbox=mailbox)
    _store(mailbox, words, state=Message.State.DISCARDED, discarded_because=words, discarded_at=at)
    newest: Message = Message.objects.discarded().order_by("-id")[:1].get()
    return newest


def _topics(mailbox: Mailbox, conversation: Conversation, label: str, *, at: datetime) -> dict[str, Any]:
    """Return a topic with the filter that gives it; mailbox and conversation have it."""
    tenant = mailbox.tenant
    topic = Topic.objects.create(tenant=tenant, name=label, created_at=at)
    filter_set = FilterSet.objects.create(tenant=tenant, segment=mailbox.segment, name=label, created_at=at)
    Conversation.objects.filter(pk=conversation.pk).update(topic=topic)
    Mailbox.objects.filter(pk=mailbox.pk).update(filter_set=filter_set, default_topic=topic)
    rule = FilterRule.objects.create(tenant=tenant, filter_set=filter_set, position=1, phrases=[label], topic=topic)
    return {"topic": topic, "filter_set": filter_set, "filter_rule": rule}


def _automatic(
    mailbox: Mailbox, message: Message, sent: OutgoingMessage, label: str, *, at: datetime
) -> dict[str, Any]:
    """Return a template and a rule; another template is what the autoresponder answers with."""
    tenant, conversation = mailbox.tenant, message.conversation
    free, used = (
        ReplyTemplate.objects.create(tenant=tenant, name=f"{label}{n}", html=label, created_at=at, changed_at=at)
        for n in range(2)
    )
    Autoresponder.objects.create(tenant=tenant, mailbox=mailbox, template=used)
    AutomaticMail.objects.create(
        tenant=tenant,
        mailbox=mailbox,
        source=AutomaticMail.Source.AUTORESPONDER,
        trigger=message,
        recipient="nina@customer.example",
        recipient_domain="customer.example",
        outgoing_message=sent,
        created_at=at,
    )
    tag = Tag.objects.create(tenant=tenant, name=label)
    ConversationTag.objects.create(tenant=tenant, conversation=conversation, tag=tag)
    ConversationEvent.objects.create(
        tenant=tenant, conversation=conversation, kind=ConversationEvent.Kind.TAGGED, words=label, at=at
    )
    rule = RoutingRule.objects.create(
        tenant=tenant, mailbox=mailbox, name=label, position=1, created_at=at, changed_at=at
    )
    return {"reply_template": free, "routing_rule": rule}


def _certificates(mailbox: Mailbox, writer: Membership, *, at: datetime) -> dict[str, Any]:
    """Return a certificate of each kind; what they hold is read by no page."""
    tenant = mailbox.tenant
    values = {
        "tenant": tenant,
        "certificate": b"",
        "fingerprint": new_id().hex,
        "not_before": at,
        "not_after": at + timedelta(days=400),
    }
    identity = SigningIdentity(address=mailbox.address, created_at=at, created_by=writer, **values)
    identity.private_key = Secret(canary(SECRET))
    identity.save(force_insert=True)
    return {
        "identity": identity,
        "authority": TrustedAuthority.objects.create(name="CA", created_at=at, created_by=writer, **values),
        "correspondent": CorrespondentCertificate.objects.create(
            address="nina@customer.example", first_seen_at=at, last_seen_at=at, **values
        ),
    }


def _invite(label: str, writer: Membership) -> Invitation:
    return Invitation.objects.create(
        tenant_id=writer.tenant_id,
        email=f"{canary(label)}@canary.example",
        token_sha256=canary(label),
        invited_by=writer,
        created_at=clock.now() - _AGE,
        expires_at=clock.now() + timedelta(days=400),
    )


def _receive(mailbox: Mailbox, label: str, word: Word) -> Message:
    mail = make_raw(subject=label, text=word(label), html=f"<p>{word(label)}</p>")
    mail.add_attachment(canary(label).encode(), maintype="application", subtype="pdf", filename=f"{label}.pdf")
    return receive(mailbox, mail, at=clock.now() - _AGE - timedelta(hours=1))


def _linked(mailbox: Mailbox, message: Message, label: str, word: Word) -> Conversation:
    """Open another conversation of the mailbox, and link that of `message` to it."""
    mail = make_raw(from_="otto@elsewhere.example", subject=f"{label} other", text=word(label))
    other = conversation_of(receive(mailbox, mail, at=clock.now() - _AGE - timedelta(hours=2)))
    with tenant_scope(mailbox.tenant_id):
        Conversation.objects.filter(pk=message.conversation_id).update(related_to=other)
    return other


def _store(mailbox: Mailbox, words: str, **values: Any) -> None:
    """Store a mail that the pipeline has not taken up."""
    raw = make_raw(subject=words, text=words).as_bytes()
    then = clock.now() - _AGE
    Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=then,
        received_at=then,
        **values,
    )


def _deliver(sent: OutgoingMessage) -> Delivery:
    """Make the delivery uncertain, and add one that waits."""
    now = clock.now()
    Delivery.objects.create(
        tenant_id=sent.tenant_id,
        outgoing_message=sent,
        server=sent.server,
        recipient="second@customer.example",
        not_before=now + timedelta(days=400),
    )
    uncertain: Delivery = sent.deliveries.exclude(recipient="second@customer.example").get()
    Delivery.objects.filter(pk=uncertain.pk).update(
        state=Delivery.State.UNCERTAIN, reply_code=451, settled_at=sent.created_at
    )
    return uncertain


def _record_attempt(sent: OutgoingMessage) -> None:
    DeliveryAttempt.objects.create(
        tenant_id=sent.tenant_id,
        outgoing_message=sent,
        server=sent.server,
        run=uuid.uuid4(),
        state=DeliveryAttempt.State.FINISHED,
        lease_until=sent.created_at,
        started_at=sent.created_at,
    )


def _plant_new_rows(world: World, label: str, word: Word) -> None:
    """Give every row that came since the last call to this label, and plant its words there."""
    for model in tenant_models():
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
