"""What the composer shows, new, begun, refused, or waiting for a server to send through."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from mailboxes import segments
from mailboxes.addresses import Address, normalise
from mailboxes.drafts import checking, keeping
from mailboxes.forms.letters import ForwardForm, LetterForm, NewLetterForm, ReplyForm
from mailboxes.forms.recipients import people_in, pieces_of, read_piece
from mailboxes.models import Conversation, Draft, DraftAttachment, Mailbox, Message
from mailboxes.own_addresses import own_addresses
from mailboxes.queue.filters import Filters
from mailboxes.reading import Card, newest_id
from mailboxes.writing import forwarding, replying
from mailboxes.writing.send_times import SendTime, send_times
from mailhub import clock
from mailhub.tenancy.principal import TenantRequest
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Occasion:
    """What is written: new mail, an answer in a conversation, or a message that is handed on."""

    kind: str = Draft.Kind.NEW
    conversation: Conversation | None = None
    # What is answered or handed on; None where we write after our own.
    answers: Message | None = None

    @property
    def mailbox(self) -> Mailbox | None:
        return self.conversation.mailbox if self.conversation is not None else None

    @property
    def is_answer(self) -> bool:
        return self.kind in keeping.ANSWERS

    @property
    def is_forward(self) -> bool:
        return self.kind == Draft.Kind.FORWARD


@dataclass(frozen=True)
class Composer:
    """`arrived` are messages that came while the person was writing; `quote` is the original, as it goes along.

    `questions` are asked before the letter is sent; sending once more is the answer.
    """

    form: LetterForm
    occasion: Occasion
    action: str
    draft_key: str
    has_servers: bool
    send_times: Sequence[SendTime] = ()
    quote: str = ""
    arrived: Sequence[Card] = ()
    questions: Sequence[str] = ()
    # What is true of the letter; None where there is no server to send it through.
    facts: checking.Facts | None = None

    @property
    def title(self) -> str:
        return Draft.Kind(self.occasion.kind).label

    @property
    def send_label(self) -> str:
        return "Send anyway" if self.arrived or self.questions else "Send"

    @property
    def files(self) -> list[DraftAttachment]:
        return self.form.kept_files

    @property
    def other_kind(self) -> tuple[str, str] | None:
        """The other way to answer, to one or to all: its name and what it is called; None where there is none."""
        if not self.occasion.is_answer or self.occasion.answers is None:
            return None
        is_to_all = self.occasion.kind == Draft.Kind.REPLY_ALL
        other = Draft.Kind.REPLY if is_to_all else Draft.Kind.REPLY_ALL
        return other.value, "Reply to sender only" if is_to_all else other.label


def servers_of(request: TenantRequest, mailbox: Mailbox | None = None) -> list[OutgoingServer]:
    """Return the servers that this person may send through: active ones of active mailboxes, of one if given."""
    mailboxes = Mailbox.objects.visible_to(request.principal.membership)
    rows = OutgoingServer.objects.sending().filter(mailbox__in=mailboxes)
    if mailbox is not None:
        rows = rows.filter(mailbox=mailbox)
    return list(rows.select_related("mailbox").order_by("mailbox__name", "-is_default", "created_at", "id"))


def blank_form(request: TenantRequest, occasion: Occasion, filters: Filters) -> LetterForm:
    """Return the form as it is before anything was written."""
    servers = servers_of(request, occasion.mailbox)
    return _form(request, occasion, servers, initial=_initial(request, occasion, filters, servers))


def begun_form(request: TenantRequest, occasion: Occasion, draft: Draft, filters: Filters) -> LetterForm:
    """Return the form of a draft; if something else is answered now than when it was begun, with those recipients."""
    fields = draft.fields
    if occasion.is_answer and (occasion.kind, occasion.answers) != (draft.kind, draft.answers):
        before = Occasion(draft.kind, occasion.conversation, draft.answers)
        fields |= _switched(fields, before, occasion)
    servers = servers_of(request, occasion.mailbox)
    initial = _initial(request, occasion, filters, servers) | _read(fields, servers)
    return _form(request, occasion, servers, initial=initial, draft=draft)


def posted_form(request: TenantRequest, occasion: Occasion) -> LetterForm:
    """Return the form that was posted."""
    return _form(request, occasion, servers_of(request, occasion.mailbox), request.POST, request.FILES)


def switched_form(request: TenantRequest, before: Occasion, occasion: Occasion, filters: Filters) -> LetterForm:
    """Return what was posted, addressed to whom `occasion` answers; people who were added by hand stay."""
    posted = posted_form(request, before)
    fields = request.POST.dict() | _switched(request.POST, before, occasion)
    initial = _initial(request, occasion, filters, posted.servers) | _read(fields, posted.servers)
    counted = {name: request.POST.get(name, "") for name in ("page", "count", "revision")}
    return _form(request, occasion, posted.servers, initial=initial | counted, draft=posted.draft)


def composer_of(
    request: TenantRequest,
    occasion: Occasion,
    form: LetterForm,
    filters: Filters,
    *,
    arrived: Sequence[Card] = (),
    questions: Sequence[str] = (),
) -> Composer:
    place = str(occasion.conversation.pk) if occasion.conversation is not None else "new"
    return Composer(
        form=form,
        occasion=occasion,
        action=action_of(occasion) + filters.query,
        draft_key=f"mailhub.draft.{request.principal.membership.pk}.{place}",
        has_servers=bool(form.servers),
        send_times=send_times(now=clock.now(), zone=_zone(request)),
        quote=quote_for(request, occasion),
        arrived=arrived,
        questions=questions,
        facts=_facts(request, form, occasion),
    )


def begun_composer(request: TenantRequest, conversation: Conversation, filters: Filters) -> Composer | None:
    """Return the composer with what this person has begun to write in a conversation; None for nothing."""
    draft = keeping.in_conversation(conversation, author=request.principal.membership)
    if draft is None:
        return None
    occasion = occasion_of(draft, conversation)
    return composer_of(request, occasion, begun_form(request, occasion, draft, filters), filters)


def occasion_of(draft: Draft, conversation: Conversation | None) -> Occasion:
    """Return what a draft is written for, as far as it is still there."""
    answers = draft.answers
    if conversation is None or (draft.kind == Draft.Kind.FORWARD and answers is None):
        return Occasion()
    if answers is None or answers.conversation_id != conversation.pk:
        answers = replying.newest_received(conversation) if draft.kind != Draft.Kind.FORWARD else answers
    return Occasion(draft.kind, conversation, answers)


def action_of(occasion: Occasion) -> str:
    """Return where the letter is posted to, and where its composer is opened."""
    if occasion.is_forward and occasion.answers is not None:
        return reverse("mailboxes:message-forward", args=[occasion.answers.pk])
    if occasion.conversation is not None:
        return reverse("mailboxes:conversation-reply", args=[occasion.conversation.pk])
    return reverse("mailboxes:compose")


def answered_message(conversation: Conversation, message_id: uuid.UUID | None) -> Message | None:
    """Return the message of this conversation that is answered: the named one, else the newest received, else none."""
    if message_id is None:
        return replying.newest_received(conversation)
    found = conversation.messages.filter(pk=message_id).first()
    if found is None:
        raise Http404("No such message in this conversation.")
    return found


def quote_for(request: TenantRequest, occasion: Occasion) -> str:
    """Return the text of the message that is answered or handed on, as it stands below the letter."""
    if occasion.answers is None:
        return ""
    quote = forwarding.forwarded_text if occasion.is_forward else replying.quote_of
    return quote(occasion.answers, _zone(request))


def quote_html_for(request: TenantRequest, occasion: Occasion) -> str:
    """Return the HTML of a message that is handed on; "" for a quotation, whose text makes it."""
    if not occasion.is_forward or occasion.answers is None:
        return ""
    return forwarding.forwarded_html(occasion.answers, _zone(request))


def _facts(request: TenantRequest, form: LetterForm, occasion: Occasion) -> checking.Facts | None:
    server = form.chosen_server
    if server is None:
        return None
    to, cc, bcc = (people_in(str(form[name].value() or "")) for name in ("to", "cc", "bcc"))
    written = checking.Written(
        server=server,
        author=request.principal.membership,
        to=to,
        cc=cc,
        bcc=bcc,
        has_files=bool(form.kept_files),
        answers=occasion.answers,
        is_signed=bool(form["is_signed"].value()),
        is_encrypted=bool(form["is_encrypted"].value()),
        decided=str(form["decided"].value() or ""),
    )
    return checking.facts_of(written, now=clock.now())


def place_of(occasion: Occasion, server: OutgoingServer) -> keeping.Place:
    """Return where a draft is kept that is sent through `server`."""
    mailbox = occasion.mailbox or server.mailbox
    return keeping.Place(mailbox, occasion.kind, occasion.conversation, occasion.answers, server)


def _form(
    request: TenantRequest,
    occasion: Occasion,
    servers: Sequence[OutgoingServer],
    data: QueryDict | None = None,
    files: MultiValueDict[str, Any] | None = None,
    **more: Any,
) -> LetterForm:
    more |= {"servers": servers, "author": request.principal.membership}
    if occasion.is_forward and occasion.answers is not None:
        return ForwardForm(data, files, files_of_message=forwarding.files_of(occasion.answers), **more)
    form_class = ReplyForm if occasion.is_answer else NewLetterForm
    return form_class(data, files, **more)


def _initial(
    request: TenantRequest, occasion: Occasion, filters: Filters, servers: Sequence[OutgoingServer]
) -> dict[str, Any]:
    if occasion.conversation is None:
        # Where no mailbox was chosen, new mail starts from the default one of the person's segment (SPEC T8).
        mailbox = filters.mailbox or segments.default_mailbox_of(request.principal.membership)
        wanted = mailbox.pk if mailbox is not None else None
        first = next((one for one in servers if one.mailbox_id == wanted), servers[0] if servers else None)
        return {"server": first, "to": request.GET.get("to", "")[:1000]}
    initial: dict[str, Any] = {"server": replying.server_for_reply(servers, occasion.answers)}
    if occasion.is_forward and occasion.answers is not None:
        chosen = [one.position for one in forwarding.files_of(occasion.answers)]
        return initial | {"subject": forwarding.forward_subject(occasion.answers.subject), "forwarded": chosen}
    recipients = _recipients(occasion)
    return initial | {
        "kind": occasion.kind,
        "to": _line(recipients.to),
        "cc": _line(recipients.cc),
        "answers": occasion.answers.pk if occasion.answers else None,
        "seen": newest_id(occasion.conversation),
        "with_quote": occasion.answers is not None,
    }


def _read(fields: Mapping[str, Any], servers: Sequence[OutgoingServer]) -> dict[str, Any]:
    """Return the initial values that kept fields stand for; a server that may not be used any more is left out."""
    typed = {name: fields[name] for name in _TYPED if name in fields}
    typed |= {name: bool(fields.get(name)) for name in _TICKED}
    if "forwarded" in fields and isinstance(fields["forwarded"], list):
        typed["forwarded"] = fields["forwarded"]
    server = next((one for one in servers if str(one.pk) == fields.get("server")), None)
    return typed | ({"server": server} if server is not None else {})


def _switched(fields: Mapping[str, Any], before: Occasion, after: Occasion) -> dict[str, str]:
    """Return To and Cc of another way to answer."""
    old, new = _recipients(before), _recipients(after)
    known = {normalise(one.addr_spec) for one in (*old.to, *old.cc, *new.to, *new.cc)}
    return {
        "to": _readdressed(fields.get("to", ""), known, new.to),
        "cc": _readdressed(fields.get("cc", ""), known, new.cc),
        "kind": after.kind,
    }


def _readdressed(text: str, known: set[str], people: Sequence[Address]) -> str:
    added = []
    for piece in pieces_of(text):
        address = read_piece(piece)
        if address is None or normalise(address.addr_spec) not in known:
            added.append(piece)
    return ", ".join([*(str(one) for one in people), *added])


def _recipients(occasion: Occasion) -> replying.Recipients:
    if occasion.conversation is None:
        return replying.Recipients(to=())
    if occasion.answers is not None:
        own = own_addresses(occasion.conversation.mailbox)
        is_to_all = occasion.kind == Draft.Kind.REPLY_ALL
        choose = replying.reply_all_recipients if is_to_all else replying.reply_recipients
        return choose(occasion.answers, own)
    sent = replying.newest_sent(occasion.conversation)
    if sent is not None:
        return replying.follow_up_recipients(sent)
    return replying.Recipients(to=())


def _line(people: Sequence[Address]) -> str:
    return ", ".join(str(one) for one in people)


def _zone(request: TenantRequest) -> ZoneInfo:
    return ZoneInfo(request.principal.user.time_zone)


_TYPED = ("body_format", "to", "cc", "bcc", "subject", "body", "decided")
_TICKED = ("with_quote", "is_signed", "is_encrypted", "is_held_by_replies")
