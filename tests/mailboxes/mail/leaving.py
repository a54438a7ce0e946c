"""Letters that leave later: held for the moment in which they can be undone, or scheduled."""

from datetime import datetime, timedelta
from typing import Any

from mailboxes import writing
from mailboxes.addresses import Address
from mailboxes.drafts import keeping
from mailboxes.models import Conversation, Draft, Message, OutgoingMessage
from mailboxes.writing.later import held_until
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer


def send_with_draft(
    server: OutgoingServer,
    written_by: Membership,
    *,
    to: str = "nina@customer.example",
    conversation: Conversation | None = None,
    answers: Message | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> OutgoingMessage:
    """Submit a letter as the composer does: its draft is kept, and it is held for as long as it can be undone."""
    now = now or clock.now()
    values: dict[str, Any] = {"text": "Here is the quote.", "send_at": held_until(now), **fields}
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=(Address("", to),),
        cc=values.pop("cc", ()),
        subject="Your quote",
        html="",
        attachments=values.pop("attachments", ()),
        written_by=written_by,
        **values,
    )
    with tenant_scope(server.tenant_id):
        place = keeping.Place(server.mailbox, server=server)
        typed = {"to": to, "body": letter.text, "body_format": "text"}
        keeping.save_for_sending(letter.id, place, typed, author=written_by, page=keeping.Page(), now=now)
        if conversation is None:
            return writing.send_new(letter, now=now)
        return writing.send_reply(letter, conversation, answers, now=now)


def schedule(
    server: OutgoingServer, written_by: Membership, *, after: timedelta = timedelta(days=2), **fields: Any
) -> OutgoingMessage:
    """Submit a letter that is to leave `after` so long."""
    now = fields.pop("now", None) or clock.now()
    return send_with_draft(server, written_by, now=now, send_at=now + after, is_scheduled=True, **fields)


def draft_of(outgoing: OutgoingMessage) -> Draft:
    with tenant_scope(outgoing.tenant_id):
        return Draft.objects.get(pk=outgoing.pk)


def is_gone(outgoing: OutgoingMessage) -> bool:
    with tenant_scope(outgoing.tenant_id):
        return not OutgoingMessage.objects.filter(pk=outgoing.pk).exists()
