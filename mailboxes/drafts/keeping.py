"""Keeps what a person writes until it is sent, and as long as sending can be undone."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from mailboxes.models import Conversation, Draft, Mailbox, Message, OutgoingMessage
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer

# One draft for an answer to a conversation, whether to one or to all, and one for what is forwarded from it.
ANSWERS = (Draft.Kind.REPLY, Draft.Kind.REPLY_ALL)
# What was sent and cannot be undone any more is not looked at again for this long, so that a form that comes late is
# still known with its files.
KEPT_AFTER_SENDING = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """What a letter is, and where: in which mailbox, and what it answers or forwards."""

    mailbox: Mailbox
    kind: str = Draft.Kind.NEW
    conversation: Conversation | None = None
    answers: Message | None = None
    server: OutgoingServer | None = None


@dataclass(frozen=True)
class Page:
    """Where the words come from: a page, how often it has saved, and the revision that it has seen last.

    A page that is left saves while an earlier saving of its own may still be on its way, so pages count by themselves.
    """

    id: str = ""
    count: int = 0
    revision: int = 0


class ChangedElsewhere(Exception):
    """Another page wrote the same draft; `draft` is what it wrote."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("This draft was changed on another page.")
        self.draft = draft


class WasSent(Exception):
    """The letter has left: what is written now is another one."""


def save(
    draft_id: uuid.UUID, place: Place, fields: Mapping[str, Any], *, author: Membership, page: Page, now: datetime
) -> Draft:
    """Keep `fields`, by the names of the form's fields, as the draft of this id.

    Raises ChangedElsewhere, when another page saved what this one has not seen or writes in the same place, and
    WasSent; then nothing was written.
    """
    try:
        return _save(draft_id, place, fields, author=author, page=page, now=now)
    except IntegrityError:
        # Its first words came twice in the same moment: now there is a row to lock.
        return _save(draft_id, place, fields, author=author, page=page, now=now)


def save_for_sending(
    draft_id: uuid.UUID, place: Place, fields: Mapping[str, Any], *, author: Membership, page: Page, now: datetime
) -> Draft:
    """Keep what is about to be sent, so that undoing has it; what was begun besides in the same place stays.

    Raises ChangedElsewhere and WasSent as `save` does.
    """
    return _save(draft_id, place, fields, author=author, page=page, now=now, rivals=False)


def id_of(posted: uuid.UUID, *, author: Membership) -> uuid.UUID:
    """Return the id of the letter that a form of this person names.

    It comes from a browser, so it may name a letter of somebody else: that must be as unknown as any other id. A form
    that begins a letter names it by a number of its own; one that goes on with it, by its id.
    """
    is_own_draft = Draft.objects.filter(pk=posted, author=author).exists()
    if is_own_draft or OutgoingMessage.objects.filter(pk=posted, written_by=author).exists():
        return posted
    return uuid.uuid5(author.pk, str(posted))


def find(draft_id: uuid.UUID, *, author: Membership) -> Draft | None:
    """Return the draft of this id, sent or not, if it is this person's and they may still use its mailbox."""
    found: Draft | None = Draft.objects.of(author).filter(pk=draft_id).first()
    return found


def in_conversation(conversation: Conversation, *, author: Membership) -> Draft | None:
    """Return what this person has begun to write in a conversation: the newest draft, in one query."""
    found: Draft | None = _of_conversation(conversation, author).order_by("-changed_at", "id").first()
    return found


def in_place(place: Place, *, author: Membership) -> Draft | None:
    """Return the draft that this person has begun in the same conversation, of the same kind."""
    if place.conversation is None:
        return None
    same = _of_conversation(place.conversation, author)
    if place.kind in ANSWERS:
        same = same.filter(kind__in=ANSWERS)
    else:
        same = same.filter(kind=place.kind, answers=place.answers)
    found: Draft | None = same.order_by("-changed_at", "id").first()
    return found


def is_stale(draft: Draft | None, page: Page) -> bool:
    """Whether another page has saved what this one has not seen."""
    return draft is not None and draft.revision != page.revision and draft.fields.get("page") != page.id


def record_sent(outgoing: OutgoingMessage) -> None:
    """The letter is in the outbox: its draft stays for as long as that can be undone, and is in no list."""
    Draft.objects.filter(pk=outgoing.pk, author=outgoing.written_by).update(sent_as=outgoing)


def reopen(draft: Draft) -> Draft:
    """Make a draft of a sent letter again, since its sending was undone.

    No page counts as having seen it since: a form that comes late, once more, does not send it again unasked.
    """
    draft.sent_as = None
    draft.fields = {**draft.fields, "page": None}
    draft.save(update_fields=["sent_as", "sealed_fields"])
    return draft


def forget_sent(*, now: datetime) -> int:
    """Remove the drafts of letters that have left for good, in all accounts; return how many."""
    left = Q(sent_as__send_at=None) | Q(sent_as__send_at__lt=now - KEPT_AFTER_SENDING)
    old = Draft.objects.filter(left, sent_as__created_at__lt=now - KEPT_AFTER_SENDING)
    count, _by_model = old.delete()
    return count


def _of_conversation(conversation: Conversation, author: Membership) -> Any:
    # What was written before the conversation was merged has followed it.
    is_here = Q(conversation=conversation) | Q(conversation__merged_into=conversation)
    return Draft.objects.of(author).unsent().filter(is_here)


@transaction.atomic
def _save(
    draft_id: uuid.UUID,
    place: Place,
    fields: Mapping[str, Any],
    *,
    author: Membership,
    page: Page,
    now: datetime,
    rivals: bool = True,
) -> Draft:
    draft = Draft.objects.select_for_update().filter(pk=draft_id, author=author).first()
    if draft is None:
        if OutgoingMessage.objects.filter(pk=draft_id).exists():
            raise WasSent
        if rivals:
            _refuse_rival(place, author)
        draft = Draft(id=draft_id, tenant_id=author.tenant_id, author=author, created_at=now)
        _write(draft, place, fields, page=page, now=now)
        draft.save(force_insert=True)
        return draft
    if draft.sent_as_id is not None:
        raise WasSent
    before = draft.fields
    if before.get("page") == page.id and page.id and page.count < before.get("count", 0):
        # An earlier saving of the same page, overtaken by a later one.
        return draft
    if is_stale(draft, page):
        raise ChangedElsewhere(draft)
    _write(draft, place, fields, page=page, now=now)
    draft.save()
    return draft


def _refuse_rival(place: Place, author: Membership) -> None:
    # Two pages that begin an answer in the same moment: the second one finds the first.
    Membership.objects.select_for_update(no_key=True).get(pk=author.pk)
    rival = in_place(place, author=author)
    if rival is not None:
        raise ChangedElsewhere(rival)


def _write(draft: Draft, place: Place, fields: Mapping[str, Any], *, page: Page, now: datetime) -> None:
    draft.mailbox, draft.conversation, draft.answers = place.mailbox, place.conversation, place.answers
    draft.kind, draft.server = place.kind, place.server
    draft.fields = {**fields, "page": page.id, "count": page.count}
    draft.revision += 1
    draft.changed_at = now
