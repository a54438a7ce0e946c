"""Whose remote pictures a person wants to see without being asked (SECURITY TC2).

Their consent names an address, and anybody can write that into From. So it counts for nothing in mail with several From
fields, and in spam; and the screen says what it means.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from mailboxes.addresses import normalise
from mailboxes.models import Message, PictureConsent
from mailhub.tenancy.models import Membership


def may_consent(message: Message) -> bool:
    """Whether the mail says clearly whom it is from, and does not count as spam."""
    is_clear = bool(message.from_address) and not {"several_from", "no_from"} & set(message.defects)
    return is_clear and not message.spam_because and not message.is_found_in_junk


def consented(viewer: Membership | None, messages: Iterable[Message]) -> frozenset[UUID]:
    """Return which of these messages are shown to this person with their remote pictures, in one query at most."""
    asked = {one.pk: normalise(one.from_address) for one in messages if may_consent(one)}
    if viewer is None or not asked:
        return frozenset()
    rows = PictureConsent.objects.filter(membership=viewer, address__in=set(asked.values()))
    trusted = set(rows.values_list("address", flat=True))
    return frozenset(pk for pk, address in asked.items() if address in trusted)


def consent(message: Message, membership: Membership, *, now: datetime) -> None:
    """From now on this person sees the remote pictures of whom the mail is from."""
    if may_consent(message):
        row = PictureConsent(
            tenant_id=message.tenant_id,
            membership=membership,
            address=normalise(message.from_address),
            given_at=now,
        )
        PictureConsent.objects.bulk_create([row], ignore_conflicts=True)


def revoke(message: Message, membership: Membership) -> None:
    """From now on this person is asked again."""
    address = normalise(message.from_address)
    PictureConsent.objects.filter(membership=membership, address=address).delete()
