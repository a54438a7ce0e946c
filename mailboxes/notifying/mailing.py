"""Mail about what a person has not looked at: one for all that is due (SPEC Q4, T8).

It says who did what in which conversation, and leads there. Nothing that a correspondent wrote travels in it: it leaves
through another server than that of the mailbox, and may be read where the mailbox may not be; so of mail that came
encrypted not even the subject.

Rows are claimed in the transaction that puts the mail into the outbox: two workers send once, and a crash neither loses
nor doubles a mail. Permission and switches are asked for anew, because both may have changed since a row was made.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse

from mailboxes import system_mail
from mailboxes.models import ConversationRead, Message, Notification
from mailboxes.notifying.audience import Audience
from mailboxes.notifying.wording import happened, path_of
from mailboxes.smime.states import EncryptionState, SmimeResult
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)

# In one go; what is beyond comes with the next minute.
_MOST_PEOPLE = 200
# A mail tells of so many, and how many more there are.
_MOST_TOLD = 20
# Between two mails to one person: what comes meanwhile stands in the next one.
_BREAK = timedelta(minutes=5)


def mail_due(*, now: datetime) -> None:
    """Send everyone one mail of what is due. Runs under `unscoped`."""
    due = Notification.objects.filter(mail_due_at__lte=now, mailed_at=None)
    people = due.order_by().values_list("tenant_id", "recipient_id").distinct()[:_MOST_PEOPLE]
    for tenant_id, recipient_id in list(people):
        try:
            with tenant_scope(tenant_id):
                mail_to(recipient_id, now=now)
        except Exception:
            # One that cannot be written keeps no other one back; it is tried again with the next look.
            log.exception("Person %s could not be mailed what they are to be told of.", recipient_id)


def mail_to(recipient_id: UUID, *, now: datetime) -> bool:
    """Send this person one mail of what is due; False when nothing is left to tell, or another worker was faster."""
    rows = Notification.objects.filter(recipient=recipient_id)
    if rows.filter(mailed_at__gt=now - _BREAK).exists():
        return False
    due = list(_due(rows, now=now))
    audience = Audience.load([recipient_id], (one.place_id for one in due if one.place_id is not None))
    telling = [one for one in due if _is_told(one, audience)]
    rows.filter(pk__in=[one.pk for one in due if one not in telling], mailed_at=None).update(mail_due_at=None)
    if not telling:
        return False
    # The bytes are written before the transaction: that waits for the disk.
    prepared = system_mail.prepare(letter(audience.person(recipient_id), telling))
    try:
        with transaction.atomic():
            _claim(telling, now=now)
            system_mail.submit_prepared(prepared, now=now)
    except _Changed:
        return False
    return True


def letter(person: Membership, notifications: Sequence[Notification]) -> EmailMultiAlternatives:
    """Write to `person`, who may see the mailboxes of all of these; unsent."""
    told = notifications[:_MOST_TOLD]
    secret = _encrypted([one.conversation_id for one in told if one.conversation_id is not None])
    facts = {
        "person": person.user,
        "tenant": person.tenant,
        "items": [_item(one, is_secret=one.conversation_id in secret) for one in told],
        "more": len(notifications) - len(told),
        "list_url": _url("mailboxes:notification-list"),
        "switches_url": _url("mailboxes:notification-switches"),
        "site_url": settings.SITE_URL,
    }
    subject, text, html = (
        render_to_string(f"mailboxes/notices/news/{part}", facts) for part in ("subject.txt", "body.txt", "body.html")
    )
    mail = EmailMultiAlternatives(" ".join(subject.split()), text, to=[person.user.email])
    mail.attach_alternative(html, "text/html")
    return mail


class _Changed(Exception):
    """Somebody else took one of the rows, or the person looked at it: all is decided anew with the next look."""


def _due(rows: models.QuerySet[Notification], *, now: datetime) -> models.QuerySet[Notification]:
    """Return what is due with `has_looked`: whether the person has read the conversation since."""
    looked = ConversationRead.objects.filter(
        conversation=OuterRef("conversation"),
        membership=OuterRef("recipient"),
        read_until__gte=OuterRef("conversation__last_received_at"),
    )
    due = rows.filter(mail_due_at__lte=now, mailed_at=None).annotate(has_looked=Exists(looked))
    return due.select_related("conversation__mailbox", "mailbox", "actor__user").order_by("created_at", "id")


def _is_told(notification: Notification, audience: Audience) -> bool:
    if notification.read_at is not None:
        return False
    if notification.kind in _OF_WHAT_CAME and notification.has_looked:  # type: ignore[attr-defined]
        return False
    if not audience.may_be_told(notification.recipient_id, notification.place_id):
        return False
    return audience.ways(notification.recipient_id, notification.kind).by_mail


def _claim(notifications: Sequence[Notification], *, now: datetime) -> None:
    rows = Notification.objects.filter(
        pk__in=[one.pk for one in notifications], mailed_at=None, read_at=None, mail_due_at__isnull=False
    )
    if rows.update(mailed_at=now) != len(notifications):
        raise _Changed


def _item(notification: Notification, *, is_secret: bool) -> dict[str, str]:
    place = notification.place
    return {
        "happened": happened(notification),
        "subject": "Encrypted mail" if is_secret else notification.about,
        "words": notification.words,
        "mailbox": place.name if place is not None else "",
        "url": f"{settings.SITE_URL}{path_of(notification)}",
    }


def _encrypted(conversations: Sequence[UUID]) -> set[UUID]:
    messages = Message.objects.filter(conversation__in=conversations).exclude(smime={})
    found = messages.values_list("conversation_id", "smime")
    return {pk for pk, smime in found if SmimeResult.from_json(smime).encryption is not EncryptionState.NONE}


def _url(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


# Of these the unread mark of the conversation tells whether somebody has looked.
_OF_WHAT_CAME = frozenset({Notification.Kind.REPLIED, Notification.Kind.UNDELIVERED})
