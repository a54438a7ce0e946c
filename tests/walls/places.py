"""One mailbox with one row, at least, of everything that belongs to a mailbox."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Invitation, Membership, Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import Folder, IncomingServer, OutgoingServer, ServerError
from servers.models.oauth import OAuthConsent
from tests.factories import make_incoming, make_mailbox, make_oauth, make_outgoing
from tests.mailboxes.intake.factories import make_filter
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.walls.accounting import Accounting, make_accounting
from tests.walls.canaries import Word, canary
from tests.walls.contact_book import ContactBook, make_contact_book
from tests.walls.desks import Desk, make_desk
from tests.walls.outreach import Outreach, make_outreach

# Long enough ago that pages show dates, which are the same a second later.

_AGE = timedelta(days=40)

A1, A2, B1 = "A1", "A2", "B1"
# What stands for a secret in every row that has one.
SECRET = "SX"


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
    tag: Tag
    contacts: ContactBook
    outreach: Outreach
    accounting: Accounting
    desk: Desk
    # Whose desk it is: nobody else sees drafts, views and notifications.
    writer: Membership

    @property
    def mailbox_name(self) -> str:
        """The name as it is now, with its canary."""
        with tenant_scope(self.mailbox.tenant_id):
            return str(self.mailbox.refreshed().name)


def make_place(label: str, tenant: Tenant, people: list[Membership], writer: Membership, word: Word) -> Place:
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
        contacts = make_contact_book(tenant, label, writer=writer, at=then)
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
            contacts=contacts,
            outreach=make_outreach(
                outgoing, conversation, sent, contacts.enrolled, writer=writer, label=label, at=then
            ),
            accounting=make_accounting(subscription, label, at=then),
            desk=make_desk(mailbox, conversation, writer=writer, colleague=people[0], word=word, label=label, at=then),
            writer=writer,
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
    return {"reply_template": free, "routing_rule": rule, "tag": tag}


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
