"""Holds the conversations that are regrouped, and says what speaks against it."""

from collections.abc import Iterable
from uuid import UUID

from mailboxes.models import Conversation, Mailbox
from mailhub.tenancy.models import Membership


class RegroupingRefused(Exception):
    """It cannot be done; the text says why, for the person who asked."""


def hold(membership: Membership, wanted: Iterable[UUID]) -> dict[UUID, Conversation]:
    """Lock these conversations of one mailbox that the person may use; raise RegroupingRefused.

    Those that are linked to them are locked too, because their links change. All are locked in the order of their ids,
    by a lock that lets others open a conversation with a link to them.
    """
    ids = set(wanted)
    linked = Conversation.objects.filter(related_to__in=ids).values_list("pk", flat=True)
    rows = Conversation.objects.filter(mailbox__in=Mailbox.objects.visible_to(membership))
    rows = rows.filter(pk__in=ids.union(linked)).order_by("pk")
    held: dict[UUID, Conversation] = {one.pk: one for one in rows.select_for_update(of=("self",), no_key=True)}
    chosen = [held[one] for one in ids if one in held]
    if len(chosen) < len(ids):
        raise RegroupingRefused("The conversation is not there any more.")
    if len({one.mailbox_id for one in chosen}) > 1:
        raise RegroupingRefused("These conversations are of different mailboxes, so they stay apart.")
    if any(one.merged_into_id for one in chosen):
        raise RegroupingRefused("Somebody merged this conversation in the same moment. Look again, then decide.")
    return {one.pk: one for one in chosen}
