"""Messages that could not be read or processed: each is kept whole, and can be processed again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from mailboxes.models import Message
from mailboxes.models.messages import MessageQuerySet
from mailhub.tenancy.models import Membership

MOST_LISTED = 200


@dataclass(frozen=True)
class Group:
    """Messages that failed with the same last line."""

    last_line: str
    messages: list[Message]


def put_aside(membership: Membership) -> MessageQuerySet:
    """Return what is set aside or unreadable in the mailboxes that this person may use."""
    return Message.objects.visible_to(membership).put_aside()


def groups_of(messages: Iterable[Message]) -> list[Group]:
    """Put together what failed alike, in the order in which each kind of failure comes first."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(last_line(message.failure), []).append(message)
    return [Group(line, alike) for line, alike in found.items()]


def last_line(failure: str) -> str:
    """Return what a traceback ends with: the error itself."""
    return failure.rstrip().rpartition("\n")[2].strip()


def replay_alike(message: Message, membership: Membership) -> dict[uuid.UUID, int]:
    """Put everything that failed with the same last line in front of the pipeline again.

    Returns how many messages of each mailbox wait again.
    """
    line = last_line(message.failure)
    ends = Q(failure__endswith=f"\n{line}") | Q(failure__endswith=f"\n{line}\n") | Q(failure__in=[line, f"{line}\n"])
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for message_id, mailbox_id in put_aside(membership).filter(ends).values_list("pk", "mailbox_id"):
        found.setdefault(mailbox_id, []).append(message_id)
    return {mailbox_id: _put_back(ids) for mailbox_id, ids in found.items()}


def _put_back(ids: list[uuid.UUID]) -> int:
    rows = Message.objects.filter(pk__in=ids, state__in=Message.PUT_ASIDE)
    return int(rows.update(state=Message.State.STORED, failure="", attempt_count=0))
