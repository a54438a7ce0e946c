"""What a person has been told of: the newest, how many are unread, and that they have looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from mailboxes.models import Conversation, Notification
from mailboxes.models.notifications import NotificationQuerySet
from mailhub.tenancy.models import Membership

# Beyond these the bell says "99+".
MOST_COUNTED = 99


@dataclass(frozen=True)
class Unread:
    """How many notifications wait for a person. Two of them are equal while nothing changed."""

    count: int
    # When the newest came, in microseconds; 0 for none.
    newest: int

    @property
    def words(self) -> str:
        """The count as the bell shows it: "" for none."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count or "")

    @property
    def mark(self) -> str:
        """What a page gives back to ask whether something is new."""
        return f"{self.count}-{self.newest}"


def unread_of(membership: Membership) -> Unread:
    """Count what this person has not seen, in one query over an index of unread rows."""
    rows = _shown(membership).filter(read_at=None).order_by("-created_at")
    times = list(rows.values_list("created_at", flat=True)[: MOST_COUNTED + 1])
    return Unread(len(times), _microseconds(times[0]) if times else 0)


def news_since(membership: Membership, newest: int, *, most: int) -> list[Notification]:
    """Return what is unread and newer than an `Unread.newest` from before, the newest first."""
    rows = with_facts(_shown(membership)).filter(read_at=None).order_by("-created_at", "-id")
    return [one for one in rows[:most] if _microseconds(one.created_at) > newest]


def shown_to(membership: Membership) -> NotificationQuerySet:
    """Return what this person sees in the browser, with all that a row shows."""
    return with_facts(_shown(membership))


def with_facts(rows: NotificationQuerySet) -> NotificationQuerySet:
    return rows.select_related("actor__user", "conversation__mailbox", "mailbox")


def read_conversation(conversation: Conversation, membership: Membership, *, now: datetime) -> int:
    """This person has opened the conversation: what they were told of it is read, and no mail leaves about it."""
    return _read(Notification.objects.filter(recipient=membership, conversation=conversation), now=now)


def read_conversations(conversations: Sequence[Conversation], membership: Membership, *, now: datetime) -> int:
    """The same for many that this person marked as read."""
    return _read(Notification.objects.filter(recipient=membership, conversation__in=list(conversations)), now=now)


def read_at(path: str, membership: Membership, *, now: datetime) -> int:
    """This person has opened the page that notifications without a conversation lead to."""
    return _read(Notification.objects.filter(recipient=membership, conversation=None, path=path), now=now)


def read(notification_id: UUID, membership: Membership, *, now: datetime) -> int:
    """This person has seen one notification."""
    return _read(Notification.objects.filter(recipient=membership, pk=notification_id), now=now)


def read_all(membership: Membership, *, until: datetime, now: datetime) -> int:
    """This person has seen all that came until a moment: the one in which the list was shown."""
    return _read(Notification.objects.filter(recipient=membership, created_at__lte=until), now=now)


def _shown(membership: Membership) -> NotificationQuerySet:
    rows: NotificationQuerySet = Notification.objects.all()
    return rows.visible_to(membership).filter(is_shown=True)


def _read(rows: NotificationQuerySet, *, now: datetime) -> int:
    """Mark as read, and let no mail leave that has not left."""
    return int(rows.filter(read_at=None).update(read_at=now, mail_due_at=None))


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
