"""Sends what a person wrote, once, however often the form comes (SPEC Q3)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from mailboxes import outbox, regrouping
from mailboxes.addresses import Address, normalise
from mailboxes.composing import AttachmentUpload, Composition, references_for_reply
from mailboxes.describing import pairs
from mailboxes.drafts import keeping
from mailboxes.identifiers import new_message_id
from mailboxes.models import Conversation, Message, OutgoingMessage
from mailboxes.openers import Closed, open_sent
from mailboxes.own_addresses import own_addresses
from mailboxes.parsing import Unreadable
from mailboxes.queue import acting
from mailboxes.smime.sent import SentSmime
from mailboxes.smime.states import ENCRYPTED_SNIPPET
from mailboxes.subjects import subject_key
from mailboxes.writing.repeating import is_repeated
from mailboxes.writing.replying import with_quote
from mailboxes.writing.signatures import signed_off
from mailhub.lib.html import snippet
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Letter:
    """What a person wrote. `id` comes with the form, so that a form sent twice is one letter.

    `text` and `html` are what was typed; what stands below it, signatures and then `quote`, is added when it is sent.
    """

    id: uuid.UUID
    server: OutgoingServer
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[AttachmentUpload, ...]
    written_by: Membership
    # Named in no header.
    bcc: tuple[Address, ...] = ()
    # The original, quoted as `replying.quote_of` does, or handed on as `forwarding.forwarded_text` does; "" for none.
    quote: str = ""
    # What stands in HTML for `quote`; "" for what its text makes.
    quote_html: str = ""
    # It hands a message on: it refers to it, and answers nothing (RFC 5322 §3.6.4).
    is_forward: bool = False
    # Not before this moment: the time to undo, or the time that the person chose (`is_scheduled`).
    send_at: datetime | None = None
    is_scheduled: bool = False
    # A scheduled answer stays here if somebody writes in the conversation before it leaves.
    is_held_by_replies: bool = False
    # S/MIME, as far as keys and certificates are there (SPEC M18).
    is_signed: bool = False
    is_encrypted: bool = False
    # Whoever sends it is done with the conversation.
    closes: bool = False


class AnotherWasSent(Exception):
    """The form was used before, for a letter that is not this one: a draft in two tabs, or one that was rewritten."""


def send_new(letter: Letter, *, now: datetime) -> OutgoingMessage:
    """Open a conversation with a letter and submit it.

    Raises CompositionRefused or AnotherWasSent; then nothing was written.
    """
    return _once(letter, None, None, now=now)


def send_reply(
    letter: Letter, conversation: Conversation, answers: Message | None, *, now: datetime
) -> OutgoingMessage:
    """Answer in a conversation, to `answers` or, without one, after our own last message; or hand `answers` on.

    Raises CompositionRefused or AnotherWasSent; then nothing was written.
    """
    return _once(letter, conversation, answers, now=now)


def sent_before(letter: Letter, conversation: Conversation | None = None) -> OutgoingMessage | None:
    """Return the message that this very letter became when its form came before; None if it did not come.

    Raises AnotherWasSent if the form brought a letter to other people, in another conversation, or with other content.
    """
    sent = OutgoingMessage.objects.filter(pk=letter.id, written_by=letter.written_by).first()
    if sent is None:
        return None
    is_elsewhere = conversation is not None and sent.conversation_id != conversation.pk
    if is_elsewhere or not _is_same(letter, sent):
        raise AnotherWasSent
    return sent


def preview(
    letter: Letter, conversation: Conversation | None, answers: Message | None, *, now: datetime
) -> Composition:
    """Return the mail as it would be sent at `now`: with signatures and quotation, and a Message-ID of its own.

    Raises CompositionRefused.
    """
    parent_id, parent_references = _parent(conversation, answers, now=now)
    return _composition(
        letter,
        message_id=new_message_id(letter.server.from_address.rpartition("@")[2]),
        answers="" if letter.is_forward else parent_id,
        references=references_for_reply(parent_id, parent_references) if parent_id else (),
        date=letter.send_at or now,
    )


class _SentMeanwhile(Exception):
    """The same form came in another request, between our look and our write."""


def _once(
    letter: Letter, conversation: Conversation | None, answers: Message | None, *, now: datetime
) -> OutgoingMessage:
    """Send a letter, or return it when the form came before, even in the same moment."""
    existing = sent_before(letter, conversation)
    if existing is not None:
        return existing
    prepared = _prepare(letter, conversation, answers, now=now)
    try:
        with transaction.atomic():
            return _submit(letter, prepared, conversation, now=now)
    except (IntegrityError, _SentMeanwhile):
        existing = sent_before(letter, conversation)
        if existing is None:
            raise
        return existing


def _is_same(letter: Letter, sent: OutgoingMessage) -> bool:
    """Whether a letter says the same to the same people as what was sent: a form that came twice, not a new letter."""
    recipients = [[list(one) for one in pairs(people)] for people in (letter.to, letter.cc, letter.bcc)]
    if [sent.to, sent.cc, sent.bcc] != recipients or sent.is_scheduled != letter.is_scheduled:
        return False
    own = (letter.server.from_address, letter.server.mailbox.direct_address)
    if sent.subject != letter.subject[:500] or sent.from_address not in own:
        return False
    done = SentSmime.from_json(sent.smime)
    if (done.is_signed, done.is_encrypted) != (letter.is_signed, letter.is_encrypted):
        return False
    composition = _composition(letter, message_id=sent.message_id, answers="", references=(), date=sent.created_at)
    try:
        stored = open_sent(sent).entity
    except (BlobMissing, Closed, Unreadable):
        # Then only its beginning tells.
        names = [one.filename for one in letter.attachments]
        return (sent.snippet, sent.attachment_names) == (snippet(composition.text, 140), names)
    return is_repeated(
        stored,
        composition,
        text=letter.text,
        html=letter.html,
        quote=letter.quote,
        quote_html=letter.quote_html,
    )


def _prepare(
    letter: Letter, conversation: Conversation | None, answers: Message | None, *, now: datetime
) -> outbox.Prepared:
    return outbox.prepare(
        outbox.Submission(
            id=letter.id,
            server=letter.server,
            composition=preview(letter, conversation, answers, now=now),
            origin=OutgoingMessage.Origin.PERSON,
            written_by=letter.written_by,
            bcc=letter.bcc,
            send_at=letter.send_at,
            is_scheduled=letter.is_scheduled,
            is_held_by_replies=letter.is_held_by_replies,
            is_signed=letter.is_signed,
            is_encrypted=letter.is_encrypted,
        )
    )


def _submit(
    letter: Letter, prepared: outbox.Prepared, conversation: Conversation | None, *, now: datetime
) -> OutgoingMessage:
    if OutgoingMessage.objects.filter(pk=letter.id).exists():
        raise _SentMeanwhile
    # It may have been merged while the reply was written.
    place = regrouping.hold_surviving(conversation) if conversation else _open_conversation(letter, now=now)
    outgoing = outbox.submit_prepared(prepared, conversation=place, now=now)
    if outgoing.message_id != prepared.submission.composition.message_id:
        raise _SentMeanwhile
    _bring_up_to_date(letter, place, now=now)
    # Sent, a draft no more, and closed: all of it or nothing, or else what has left would look as if it had not.
    keeping.record_sent(outgoing)
    if letter.closes:
        acting.set_status([place], Conversation.Status.CLOSED, by=letter.written_by, now=now)
    return outgoing


def _open_conversation(letter: Letter, *, now: datetime) -> Conversation:
    first = letter.to[0]
    return Conversation.objects.create(
        tenant_id=letter.server.tenant_id,
        mailbox_id=letter.server.mailbox_id,
        subject=letter.subject[:500],
        subject_key=subject_key(letter.subject),
        correspondent_name=first.display_name[:200],
        correspondent_address=first.addr_spec,
        created_at=now,
        last_at=now,
    )


def _composition(
    letter: Letter, *, message_id: str, answers: str, references: tuple[str, ...], date: datetime
) -> Composition:
    server = letter.server
    text, html = signed_off(
        letter.text, letter.html, mailbox=server.mailbox, author=letter.written_by, address=server.from_address
    )
    if letter.quote:
        text, html = with_quote(text, html, letter.quote, letter.quote_html)
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=letter.to,
        cc=letter.cc,
        reply_to=(Address("", server.reply_to),) if server.reply_to else (),
        subject=letter.subject,
        text=text,
        html=html,
        attachments=letter.attachments,
        message_id=message_id,
        in_reply_to=answers,
        references=references,
        date=date,
        extra_headers=(),
    )


def _parent(
    conversation: Conversation | None, answers: Message | None, *, now: datetime
) -> tuple[str, tuple[str, ...]]:
    """Return the Message-ID that is answered and what it refers to (RFC 5322 §3.6.4)."""
    if answers is not None and answers.message_id:
        references = answers.references.split() or answers.in_reply_to.split()
        return answers.message_id, tuple(references)
    if conversation is None:
        return "", ()
    # What is to leave later can still be taken back, and nobody has it yet.
    left = conversation.outgoing_messages.filter(Q(send_at=None) | Q(send_at__lte=now))
    ours = left.order_by("-created_at").first()
    return (ours.message_id, ()) if ours is not None else ("", ())


def _bring_up_to_date(letter: Letter, conversation: Conversation, *, now: datetime) -> None:
    # It is answered (SPEC Q5); what leaves later answers when it does.
    answered: dict[str, None] = {} if letter.is_scheduled else {"reply_due_at": None}
    Conversation.objects.filter(pk=conversation.pk).update(
        snippet=ENCRYPTED_SNIPPET if letter.is_encrypted else snippet(letter.text, 140),
        message_count=F("message_count") + 1,
        last_at=Greatest(F("last_at"), now),
        **answered,
    )
    people = {normalise(one.addr_spec) for one in (*letter.to, *letter.cc, *letter.bcc)}
    conversation.add_participants(people - own_addresses(conversation.mailbox))
