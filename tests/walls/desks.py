"""What people keep at a mailbox: drafts, notes, views, signatures, and what they were told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailboxes.models import (
    BlindCopyAddress,
    Conversation,
    Draft,
    DraftAttachment,
    Mailbox,
    MailboxSignature,
    Mention,
    Note,
    Notification,
    NotificationSwitch,
    PersonalSignature,
    PictureConsent,
    Presence,
    ResponseTarget,
    SavedView,
    SearchEntry,
    SenderVerdict,
)
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership
from tests.walls.canaries import Word


@dataclass(frozen=True)
class Desk:
    """`draft`, `view` and `notification` are the writer's alone; everyone who may use the mailbox sees the rest."""

    draft: Draft
    draft_attachment: DraftAttachment
    note: Note
    notification: Notification
    view: SavedView
    blind_copy: BlindCopyAddress


def make_desk(
    mailbox: Mailbox,
    conversation: Conversation,
    *,
    writer: Membership,
    colleague: Membership,
    word: Word,
    label: str,
    at: datetime,
) -> Desk:
    """Add one row of each kind; the personal signature is the colleague's, since the writer is at several mailboxes."""
    common: dict[str, Any] = {"tenant": mailbox.tenant}
    of_mailbox = {**common, "mailbox": mailbox}
    of_conversation = {**common, "conversation": conversation}
    draft = Draft(author=writer, kind=Draft.Kind.REPLY, created_at=at, changed_at=at, **of_mailbox)
    draft.conversation = conversation
    draft.fields = {"to": f"{word(label)}@canary.example", "subject": word(label), "body": word(label)}
    draft.save(force_insert=True)
    content = word(label).encode()
    note = Note(author=writer, created_at=at, **of_conversation)
    note.text = word(label)
    note.save(force_insert=True)
    Mention.objects.create(note=note, membership=colleague, **common)
    Presence.objects.create(membership=writer, seen_at=at, **of_conversation)
    # One switch of a kind for each person, and one person writes at both mailboxes.
    kinds = Notification.Kind
    kind = kinds.REPLIED if NotificationSwitch.objects.filter(membership=writer).exists() else kinds.ASSIGNED
    NotificationSwitch.objects.create(membership=writer, kind=kind, **common)
    PictureConsent.objects.create(membership=writer, address=f"{label.lower()}@customer.example", given_at=at, **common)
    PersonalSignature.objects.create(membership=colleague, html=label, changed_at=at, **common)
    MailboxSignature.objects.create(html=label, changed_at=at, **of_mailbox)
    ResponseTarget.objects.create(is_active=False, **of_mailbox)
    SenderVerdict.objects.create(
        address="spam@elsewhere.example", is_spam=True, said_by=writer, said_at=at, **of_mailbox
    )
    SearchEntry.objects.get_or_create(
        id=note.pk, defaults={"kind": SearchEntry.Kind.NOTE, "conversation": conversation, "at": at, **of_mailbox}
    )
    return Desk(
        draft=draft,
        draft_attachment=DraftAttachment.objects.create(
            draft=draft,
            position=1,
            filename=f"{label}.pdf",
            content_type="application/pdf",
            size=len(content),
            sha256=blobs.put(mailbox.tenant_id, content),
            **common,
        ),
        note=note,
        notification=Notification.objects.create(
            recipient=writer, kind=Notification.Kind.ASSIGNED, actor=colleague, created_at=at, **of_conversation
        ),
        view=SavedView.objects.create(
            owner=writer, name=label, query=f"?mailbox={mailbox.pk}", created_at=at, **of_mailbox
        ),
        blind_copy=BlindCopyAddress.objects.create(
            address=f"{label.lower()}@archive.example", created_at=at, **of_mailbox
        ),
    )
