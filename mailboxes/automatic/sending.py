"""Sends mail because mail came in, unless the guard speaks against it: what was sent and what was not is on record."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.mail import EmailMessage

from mailboxes import outbox, protection, system_mail
from mailboxes.addresses import Address, normalise
from mailboxes.automatic import hosted, limits, stopping
from mailboxes.automatic.guard import Trigger, obstacle_to_answer, obstacle_to_passing_on
from mailboxes.automatic.marks import ANSWERS, marked
from mailboxes.composing import Composition, CompositionRefused
from mailboxes.models import AutomaticMail, Conversation, ConversationEvent, Mailbox, OutgoingMessage
from mailboxes.receiving.received import Received
from mailboxes.writing.replying import server_for_reply
from servers.models import OutgoingServer

# Makes the id of the mail: the same rule, message and recipient give the same mail, however often they are decided.
_OF_RULE_AND_TRIGGER = uuid.UUID("7b0a3f3e-0d5b-4a57-9a64-5d8f3c1f2b60")
_Source = AutomaticMail.Source
_NO_SERVER = "The mailbox has no active outgoing server."
_READ_ONLY = "The account is read-only, because an invoice is overdue."


def send(
    received: Received,
    *,
    source: AutomaticMail.Source,
    rule_key: str,
    to: Address,
    compose: Callable[[OutgoingServer], Composition],
) -> None:
    """Send what `compose` writes to `to`, once the window of mail is written; or note why not.

    `compose` is called before the transaction, with the server that the mail leaves through: the one that was written
    to, else the default. It may raise CompositionRefused. Marks against loops and, in an answer, what it answers are
    added. `rule_key` names the rule within the source; a routing rule's is its id.
    """
    intent = _Intent(received, source, rule_key, normalise(to.addr_spec))
    # The limits are counted once more under a lock; whoever is beyond them already costs no bytes.
    reason = intent.obstacle() or intent.limit_reached() or _held_by_invoice(intent)
    server = _server_of(received)
    if not reason and server is None:
        reason = _NO_SERVER
    if reason or server is None:
        intent.suppress(reason)
        return
    received.writes.prepare(partial(_prepare, intent, server, compose))


def notify(received: Received, *, rule_key: str, to: Address, write: Callable[[], EmailMessage]) -> None:
    """Send a colleague what `write` writes, as mailhub's own mail, once the window is written; or note why not.

    `write` is called before the transaction.
    """
    intent = _Intent(received, _Source.NOTICE, rule_key, normalise(to.addr_spec))
    reason = intent.obstacle()
    if reason:
        intent.suppress(reason)
        return
    received.writes.prepare(partial(_prepare_notice, intent, write))


@dataclass(frozen=True)
class _Intent:
    """What would be sent, to whom, and because of which mail."""

    received: Received
    source: AutomaticMail.Source
    rule_key: str
    recipient: str

    @property
    def mailbox(self) -> Mailbox:
        return self.received.window.mailbox

    @property
    def now(self) -> datetime:
        return self.received.now

    @property
    def id(self) -> uuid.UUID:
        parts = (self.source.value, self.rule_key, str(self.received.message.pk), self.recipient)
        return uuid.uuid5(_OF_RULE_AND_TRIGGER, "\n".join(parts))

    def obstacle(self) -> str:
        """Return what the mail itself says against it; the limits are counted later."""
        judge = obstacle_to_answer if self.source in ANSWERS else obstacle_to_passing_on
        own = self.received.window.own_addresses
        trigger = Trigger.of(self.received.message, self.received.mail, self.received.classification.kind)
        found = judge(trigger, to=self.recipient, own_addresses=own, now=self.now)
        # What goes to our own people may come into a mailbox here: its mark keeps it from setting anything off.
        if found or self.source not in ANSWERS:
            return found
        return hosted.NOT_ANSWERED if hosted.is_hosted(self.recipient) else ""

    def limit_reached(self) -> str:
        """Return the limit that is reached without what is decided now; one that switches off is left to the lock."""
        found = limits.reached(self.mailbox, self.source, self.rule_key, self.recipient, now=self.now)
        return found.words if found is not None and not found.is_runaway else ""

    def suppress(self, reason: str) -> None:
        """Put on record, with the rest of the window, that nothing is sent."""
        self.note(f"Not sent: {reason}")
        entry = self.entry(suppressed_because=reason)
        self.received.writes.do(lambda: _keep(entry))

    def entry(self, *, suppressed_because: str = "") -> AutomaticMail:
        """Return the row of the ledger, not saved."""
        return AutomaticMail(
            tenant_id=self.mailbox.tenant_id,
            mailbox=self.mailbox,
            source=self.source,
            rule_key=self.rule_key,
            trigger=self.received.message,
            recipient=self.recipient[:320],
            recipient_domain=limits.domain_of(self.recipient),
            suppressed_because=suppressed_because[:300],
            created_at=self.now,
        )

    def note(self, did: str) -> None:
        self.received.note(self.source.value, did)

    def is_decided(self) -> bool:
        """Whether it was sent, or suppressed, when this mail was looked at before."""
        rows = AutomaticMail.objects.filter(trigger=self.received.message, source=self.source, rule_key=self.rule_key)
        return bool(rows.filter(recipient=self.recipient).exists())


def _held_by_invoice(intent: _Intent) -> str:
    """Neither answers nor forwards leave a read-only account, and none of them later: by then they would surprise."""
    return "" if intent.mailbox.tenant.may_change else _READ_ONLY


def _server_of(received: Received) -> OutgoingServer | None:
    servers = received.window.once(_active_servers)
    return server_for_reply(servers, received.message)


def _active_servers(mailbox: Mailbox) -> list[OutgoingServer]:
    servers = OutgoingServer.objects.filter(mailbox=mailbox, is_active=True).select_related("mailbox")
    return list(servers.order_by("-is_default", "created_at"))


def _prepare(
    intent: _Intent, server: OutgoingServer, compose: Callable[[OutgoingServer], Composition]
) -> Callable[[], None]:
    """Write the bytes; nothing names them until the transaction."""
    try:
        composition = marked(compose(server), intent.source, intent.mailbox, intent.received.mail)
        prepared = outbox.prepare(
            outbox.Submission(
                id=intent.id,
                server=server,
                composition=composition,
                origin=_origin_of(intent.source),
                has_null_sender=True,
                is_signed=_is_signed(intent, server),
            )
        )
    except CompositionRefused as refused:
        return partial(_suppress_in_transaction, intent, str(refused))
    return partial(_send_within_limits, intent, partial(_submit, intent, prepared))


def _prepare_notice(intent: _Intent, write: Callable[[], EmailMessage]) -> Callable[[], None]:
    prepared = system_mail.prepare(write())

    def submit() -> OutgoingMessage | None:
        system_mail.submit_prepared(prepared, now=intent.now)
        # It may leave through the platform, and the ledger names no mail of another account.
        return None

    return partial(_send_within_limits, intent, submit)


def _is_signed(intent: _Intent, server: OutgoingServer) -> bool:
    """An answer is as much from its address as what a person writes. What is only handed on was written by others."""
    return intent.source in ANSWERS and protection.may_sign(server, now=intent.now)


def _origin_of(source: AutomaticMail.Source) -> OutgoingMessage.Origin:
    return OutgoingMessage.Origin.FORWARD if source == _Source.FORWARD else OutgoingMessage.Origin.AUTOMATIC


def _send_within_limits(intent: _Intent, submit: Callable[[], OutgoingMessage | None]) -> None:
    """Count what went out and send one more, or not: under a lock, so that of two workers each sees the other's."""
    limits.hold(intent.mailbox.tenant_id)
    if intent.is_decided():
        return
    reached = limits.reached(intent.mailbox, intent.source, intent.rule_key, intent.recipient, now=intent.now)
    if reached is not None:
        if reached.is_runaway:
            stopping.stop(intent.mailbox, intent.source, intent.rule_key, reached.words, now=intent.now)
        _suppress_in_transaction(intent, reached.words)
        return
    entry = intent.entry()
    entry.outgoing_message = submit()
    entry.save(force_insert=True)
    intent.note(f"Sent to {intent.recipient}.")


def _submit(intent: _Intent, prepared: outbox.Prepared) -> OutgoingMessage:
    conversation = intent.received.conversation if intent.source in ANSWERS else None
    outgoing = outbox.submit_prepared(prepared, conversation=conversation, now=intent.now)
    if conversation is not None:
        _add_to(conversation, intent)
    return outgoing


def _add_to(conversation: Conversation, intent: _Intent) -> None:
    """The answer of a machine counts as a message of the conversation, and brings it no further up in the list."""
    conversation.count_message()
    ConversationEvent.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        kind=ConversationEvent.Kind.ANSWERED_AUTOMATICALLY,
        words=f"{intent.source.label} answered {intent.recipient}.",
        at=intent.now,
    )


def _suppress_in_transaction(intent: _Intent, reason: str) -> None:
    intent.note(f"Not sent: {reason}")
    _keep(intent.entry(suppressed_because=reason))


def _keep(entry: AutomaticMail) -> None:
    # Decided once more, the same mail has its row already.
    AutomaticMail.objects.bulk_create([entry], ignore_conflicts=True)
