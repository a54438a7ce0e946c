"""What the composer shows, new, refused, or waiting for a server to send through."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from mailboxes import segments
from mailboxes.addresses import Address
from mailboxes.forms.letters import LetterForm, NewLetterForm, ReplyForm
from mailboxes.models import Conversation, Mailbox, Message
from mailboxes.own_addresses import own_addresses
from mailboxes.queue.listing import Filters
from mailboxes.reading import Card, newest_id
from mailboxes.writing import replying
from mailhub.tenancy.principal import TenantRequest
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Composer:
    """`arrived` are messages that came while the person was writing; `quote` is the original, quoted."""

    form: LetterForm
    title: str
    action: str
    draft_key: str
    has_servers: bool
    quote: str = ""
    arrived: Sequence[Card] = ()

    @property
    def send_label(self) -> str:
        return "Send anyway" if self.arrived else "Send"


def servers_of(request: TenantRequest, mailbox: Mailbox | None = None) -> QuerySet[OutgoingServer]:
    """Return the servers that this person may send through: active ones of active mailboxes, of one if given."""
    mailboxes = Mailbox.objects.visible_to(request.principal.membership)
    rows: QuerySet[OutgoingServer] = OutgoingServer.objects.sending().filter(mailbox__in=mailboxes)
    if mailbox is not None:
        rows = rows.filter(mailbox=mailbox)
    return rows.select_related("mailbox").order_by("mailbox__name", "-is_default", "created_at", "id")


def new_form(request: TenantRequest, filters: Filters) -> NewLetterForm:
    """Return the form of new mail, from the mailbox whose list is open."""
    servers = servers_of(request)
    # Where no mailbox was chosen, new mail starts from the default one of the person's segment (SPEC T8).
    mailbox = filters.mailbox or segments.default_mailbox_of(request.principal.membership)
    first = servers.filter(mailbox=mailbox).first() if mailbox else None
    initial = {"server": first or servers.first(), "to": request.GET.get("to", "")[:1000]}
    return NewLetterForm(initial=initial, servers=servers)


def new_composer(request: TenantRequest, form: LetterForm, filters: Filters) -> Composer:
    return Composer(
        form=form,
        title="New message",
        action=reverse("mailboxes:compose") + filters.query,
        draft_key=_draft_key(request, "new"),
        has_servers=servers_of(request).exists(),
    )


def reply_form(request: TenantRequest, conversation: Conversation, answers: Message | None) -> ReplyForm:
    """Return the form of a reply, filled in: to the sender, or with `?all=1` to everyone."""
    servers = servers_of(request, conversation.mailbox)
    recipients = _recipients(conversation, answers, to_all=request.GET.get("all") == "1")
    return ReplyForm(
        servers=servers,
        initial={
            "server": replying.server_for_reply(list(servers), answers),
            "to": _line(recipients.to),
            "cc": _line(recipients.cc),
            "answers": answers.pk if answers else None,
            "seen": newest_id(conversation),
            "with_quote": answers is not None,
        },
    )


def reply_composer(
    request: TenantRequest,
    conversation: Conversation,
    form: ReplyForm,
    answers: Message | None,
    filters: Filters,
    *,
    arrived: Sequence[Card] = (),
) -> Composer:
    more = [("all", "1")] if request.GET.get("all") == "1" else []
    action = reverse("mailboxes:conversation-reply", args=[conversation.pk])
    return Composer(
        form=form,
        title="Reply to all" if more else "Reply",
        action=action + filters.query_with(more=more),
        draft_key=_draft_key(request, str(conversation.pk)),
        has_servers=servers_of(request, conversation.mailbox).exists(),
        quote=quote_for(request, answers),
        arrived=arrived,
    )


def answered_message(conversation: Conversation, message_id: uuid.UUID | None) -> Message | None:
    """Return the message of this conversation that is answered: the named one, else the newest received, else none."""
    if message_id is None:
        return replying.newest_received(conversation)
    found = conversation.messages.filter(pk=message_id).first()
    if found is None:
        raise Http404("No such message in this conversation.")
    return found


def quote_for(request: TenantRequest, answers: Message | None) -> str:
    if answers is None:
        return ""
    return replying.quote_of(answers, ZoneInfo(request.principal.user.time_zone))


def _recipients(conversation: Conversation, answers: Message | None, *, to_all: bool) -> replying.Recipients:
    if answers is not None:
        own = own_addresses(conversation.mailbox)
        choose = replying.reply_all_recipients if to_all else replying.reply_recipients
        return choose(answers, own)
    sent = replying.newest_sent(conversation)
    if sent is not None:
        return replying.follow_up_recipients(sent)
    return replying.Recipients(to=())


def _line(people: Sequence[Address]) -> str:
    return ", ".join(str(one) for one in people)


def _draft_key(request: TenantRequest, place: str) -> str:
    """Return where the browser keeps what is being written: apart for each person, so that nobody sees another's."""
    return f"mailhub.draft.{request.principal.membership.pk}.{place}"
