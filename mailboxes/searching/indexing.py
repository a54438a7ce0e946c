"""Writes what search knows of received mail, sent mail and notes.

The words of a text stand in the database unsealed. So of mail that travelled encrypted only the fields of its header
are indexed, which everyone on its way could read too, and of security mail nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from mailboxes.models import Attachment, Conversation, Message, Note, OutgoingMessage, SearchEntry
from mailboxes.searching.engines import engine
from mailboxes.searching.entries import Indexed
from mailboxes.searching.words import words_of
from mailboxes.smime.sent import SentSmime
from mailboxes.smime.states import EncryptionState, SmimeResult

_CLEAR = (EncryptionState.NONE, EncryptionState.PARTIAL)


def received_words(message: Message, text: str, attachments: Iterable[Attachment]) -> Indexed:
    """Return what is indexed of a received message that is in a conversation; nothing is written."""
    assert message.conversation_id is not None
    files = [one for one in attachments if not one.is_inline and not one.removed_because]
    is_clear = SmimeResult.from_json(message.smime).encryption in _CLEAR
    return Indexed(
        entry=SearchEntry(
            id=message.pk,
            tenant_id=message.tenant_id,
            mailbox_id=message.mailbox_id,
            conversation_id=message.conversation_id,
            kind=SearchEntry.Kind.RECEIVED,
            at=message.received_at,
            has_attachment=bool(files),
        ),
        subject=words_of(message.subject),
        sender=words_of(f"{message.from_name} {message.from_address}"),
        recipients=words_of(_people([*message.to, *message.cc])),
        body=words_of(_with_names(text, [one.filename for one in files]) if is_clear else ""),
    )


def sent_words(outgoing: OutgoingMessage, text: str) -> Indexed:
    """Return what is indexed of a sent message that is in a conversation; nothing is written."""
    assert outgoing.conversation_id is not None
    is_clear = not SentSmime.from_json(outgoing.smime).is_encrypted
    return Indexed(
        entry=SearchEntry(
            id=outgoing.pk,
            tenant_id=outgoing.tenant_id,
            mailbox_id=outgoing.mailbox_id,
            conversation_id=outgoing.conversation_id,
            kind=SearchEntry.Kind.SENT,
            at=outgoing.created_at,
            has_attachment=bool(outgoing.attachment_names),
        ),
        subject=words_of(outgoing.subject),
        sender=words_of(f"{outgoing.from_name} {outgoing.from_address}"),
        recipients=words_of(_people([*outgoing.to, *outgoing.cc])),
        body=words_of(_with_names(text, outgoing.attachment_names) if is_clear else ""),
    )


def write(indexed: Sequence[Indexed]) -> None:
    """Write entries, in place of those with the same ids, in a bounded number of statements."""
    if indexed:
        engine().write(indexed)


def index_sent(outgoing: OutgoingMessage, text: str) -> None:
    """Let search find a sent message, in the transaction that submits it; `text` is what the recipients read.

    Mail without a conversation is on no list that is searched. An empty text leaves the fields of the header.
    """
    if outgoing.conversation_id is None or outgoing.is_confidential:
        return
    write([sent_words(outgoing, text)])
    OutgoingMessage.objects.filter(pk=outgoing.pk).update(is_searchable=True)
    outgoing.is_searchable = True
    if outgoing.attachment_names:
        Conversation.objects.filter(pk=outgoing.conversation_id, has_attachment=False).update(has_attachment=True)


def index_note(note: Note, conversation: Conversation) -> None:
    """Let search find a note, a new one or one that was changed."""
    author = note.author
    entry = SearchEntry(
        id=note.pk,
        tenant_id=conversation.tenant_id,
        mailbox_id=conversation.mailbox_id,
        conversation=conversation,
        kind=SearchEntry.Kind.NOTE,
        at=note.created_at,
    )
    write([Indexed(entry=entry, sender=words_of(str(author.user) if author else ""), body=words_of(note.text))])


def forget(ids: Collection[uuid.UUID]) -> None:
    """Let search find these messages, sent messages or notes no more."""
    if ids:
        engine().forget(ids)


def _people(pairs: Iterable[Sequence[str]]) -> str:
    # Not joined by a sign that an address may have.
    return "\n".join(f"{name} {addr_spec}" for name, addr_spec in pairs)


def _with_names(text: str, filenames: Iterable[str]) -> str:
    # First, because of a long text the end is left out.
    return "\n".join([*filenames, text])
