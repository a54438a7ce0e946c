"""What people say of senders: their mail is spam, or never is (SPEC Q5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailboxes.addresses import normalise
from mailboxes.models import Conversation, Message, SenderVerdict
from mailhub.tenancy.models import Membership
from servers.models import FolderRole


def say(conversations: Sequence[Conversation], *, is_spam: bool, by: Membership | None, now: datetime) -> None:
    """Keep what a person says of the senders of these conversations; it holds for each mailbox by itself.

    The messages carry the reason from now on, or none; what their servers said stays in their trace.
    """
    received = Message.objects.filter(conversation__in=list(conversations)).exclude(folder_role=FolderRole.SENT)
    if is_spam:
        received.filter(spam_because="").update(spam_because=f"{by.user if by else 'A rule'} said so"[:200])
    else:
        received.exclude(spam_because="").update(spam_because="")
    senders = {
        (one.mailbox_id, address): one
        for one in conversations
        # Where nothing came in, the correspondent is whom we wrote to.
        if one.last_received_at is not None and (address := normalise(one.correspondent_address))
    }
    SenderVerdict.objects.bulk_create(
        [
            SenderVerdict(
                tenant_id=one.tenant_id,
                mailbox_id=mailbox_id,
                address=address,
                is_spam=is_spam,
                said_by=by,
                said_at=now,
            )
            for (mailbox_id, address), one in senders.items()
        ],
        update_conflicts=True,
        unique_fields=["mailbox", "address"],
        update_fields=["is_spam", "said_by", "said_at"],
    )


def why_spam(conversation: Conversation) -> str:
    """Return why a conversation counts as spam, in words of its servers or of a person; "" for one that does not."""
    if conversation.status != Conversation.Status.SPAM:
        return ""
    reasons = Message.objects.filter(conversation=conversation).exclude(spam_because="")
    return reasons.order_by("-received_at").values_list("spam_because", flat=True).first() or ""
