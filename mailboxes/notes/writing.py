"""Writing, changing and deleting notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mailboxes import searching
from mailboxes.models import Conversation, Mention, Note
from mailboxes.notes.mentions import Mentions, mentions_in
from mailboxes.notifying.telling import tell_mentioned
from mailboxes.queue.people import people_of
from mailboxes.regrouping import hold_surviving
from mailhub.tenancy.models import Membership

LONGEST_NOTE = 20_000
# Longer than a network tries again, shorter than somebody says the same once more.
_SENT_TWICE = timedelta(minutes=1)


class NoteRefused(Exception):
    """It cannot be done; the text says why, for the person who asked."""


@dataclass(frozen=True)
class Written:
    """A note, and whom it names."""

    note: Note
    mentions: Mentions


def write_note(conversation: Conversation, text: str, *, author: Membership, now: datetime) -> Written:
    """Add a note to a conversation, or to what it was merged into, and tell whom it names; raise NoteRefused.

    The same words once more within a minute are a form that was sent twice: the note that is there is returned.
    """
    words = _checked(text)
    with transaction.atomic():
        held = hold_surviving(conversation)
        mentions = mentions_in(words, people_of(held.mailbox))
        before = Note.objects.filter(conversation=held, author=author, created_at__gt=now - _SENT_TWICE).last()
        if before is not None and before.text == words:
            return Written(before, mentions)
        note = Note(tenant_id=held.tenant_id, conversation=held, author=author, created_at=now)
        note.text = words
        note.save(force_insert=True)
        searching.index_note(note, held)
        _tell(note, mentions, author=author, now=now)
    return Written(note, mentions)


def change_note(note: Note, text: str, *, author: Membership, now: datetime) -> Written:
    """Change a note of one's own, and tell who is named in it only now; raise NoteRefused."""
    words = _checked(text)
    with transaction.atomic():
        held = _hold_own(note, author)
        mentions = mentions_in(words, people_of(held.conversation.mailbox))
        if held.text != words:
            held.text = words
            held.changed_at = now
            held.save(update_fields=["sealed_text", "changed_at"])
            searching.index_note(held, held.conversation)
        Mention.objects.filter(note=held).exclude(membership__in=[one.pk for one in mentions.people]).delete()
        _tell(held, mentions, author=author, now=now)
    return Written(held, mentions)


def delete_note(note: Note, *, author: Membership) -> None:
    """Delete a note of one's own; raise NoteRefused."""
    with transaction.atomic():
        _hold_own(note, author).delete()
        searching.forget([note.pk])


def _checked(text: str) -> str:
    # A NUL can be in no text that is shown.
    words = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not words:
        raise NoteRefused("Write something first.")
    if len(words) > LONGEST_NOTE:
        raise NoteRefused(f"A note has at most {LONGEST_NOTE:,} letters; this one has {len(words):,}.")
    return words


def _hold_own(note: Note, author: Membership) -> Note:
    rows = Note.objects.select_for_update(of=("self",)).select_related("conversation__mailbox")
    held: Note | None = rows.filter(pk=note.pk, author=author).first()
    if held is None:
        raise NoteRefused("Only who wrote a note changes it, as long as it is there.")
    return held


def _tell(note: Note, mentions: Mentions, *, author: Membership, now: datetime) -> None:
    """Keep who is named, and tell those who were not named in it before."""
    known = set(Mention.objects.filter(note=note).values_list("membership_id", flat=True))
    new = [one for one in mentions.people if one.pk not in known]
    Mention.objects.bulk_create(
        [Mention(tenant_id=note.tenant_id, note=note, membership=one) for one in new], ignore_conflicts=True
    )
    tell_mentioned(note, new, actor=author, now=now)
