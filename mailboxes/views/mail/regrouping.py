"""Putting conversations right: merge, split, and say where a message belongs."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes import regrouping
from mailboxes.models import Conversation, Message
from mailboxes.regrouping.finding import SEARCH_LENGTH, candidates, links_of
from mailboxes.showing import shown_name
from mailboxes.views.mail.lookups import conversation_of, message_of, row_id
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# A note that takes more back carries too much.
MOST_UNDONE = 20
# Longer conversations are split by their newest messages.
MOST_OFFERED = 200


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Look for the conversation that this one belongs to, and merge it into that (`into`)."""
    conversation = conversation_of(request, conversation_id)
    if request.method != "POST":
        return _choice_page(request, conversation, "mailboxes/mail/merge.html", {})
    into = _chosen(request, conversation, "into")
    moved = _ids_in(conversation)
    return _done(
        request,
        conversation,
        lambda: regrouping.merge(conversation, into, request.principal.membership, now=clock.now()),
        f"Merged into “{into}”. Its old address leads here.",
        undo=("mailboxes:conversation-split", into.pk, [("message", one) for one in moved]),
    )


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Choose messages (`message`), and give them a conversation of their own."""
    conversation = conversation_of(request, conversation_id)
    if request.method != "POST":
        context = {"conversation": conversation, "items": _offered(request, conversation)}
        return render(request, "mailboxes/mail/split.html", context)
    chosen = [one for text in request.POST.getlist("message") if (one := row_id(text)) is not None]
    return _done(
        request,
        conversation,
        lambda: regrouping.split(conversation, chosen, request.principal.membership, now=clock.now()),
        "The messages have a conversation of their own now.",
        undo_by=lambda opened: ("mailboxes:conversation-merge", opened.pk, [("into", conversation.pk)]),
    )


@requires(Permission.READ_MAIL)
@require_POST
def join(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put a conversation into the one that it is linked to."""
    conversation = conversation_of(request, conversation_id)
    origin = links_of(conversation).origin
    if origin is None:
        messages.error(request, "This conversation is linked to no other one any more.")
        return redirect("mailboxes:conversation-detail", conversation.pk)
    moved = _ids_in(conversation)
    return _done(
        request,
        conversation,
        lambda: regrouping.join(conversation, origin, request.principal.membership, now=clock.now()),
        f"Joined “{origin}”.",
        undo=("mailboxes:conversation-split", origin.pk, [("message", one) for one in moved]),
    )


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def message_move(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Choose where a message belongs (`to`), and move it; an empty choice is a conversation of its own."""
    message = message_of(request, message_id)
    conversation = message.conversation
    if conversation is None:
        raise Http404("This message is in no conversation.")
    if request.method != "POST":
        context = {"message": message, "is_alone": len(_ids_in(conversation)) == 1}
        return _choice_page(request, conversation, "mailboxes/mail/move.html", context)
    to = _chosen(request, conversation, "to") if request.POST.get("to") else None
    is_alone = len(_ids_in(conversation)) == 1
    return _done(
        request,
        conversation,
        lambda: regrouping.rematch(message, to, request.principal.membership, now=clock.now()),
        f"Moved to “{to}”." if to is not None else "The message has a conversation of its own now.",
        undo=("mailboxes:message-move", message.pk, [("to", "" if is_alone else conversation.pk)]),
    )


_Undo = tuple[str, uuid.UUID, list[tuple[str, Any]]]


def _done(
    request: TenantRequest,
    conversation: Conversation,
    act: Callable[[], Conversation],
    words: str,
    *,
    undo: _Undo | None = None,
    undo_by: Callable[[Conversation], _Undo] | None = None,
) -> HttpResponse:
    """Act, say what was done and how to take it back, and lead to where the messages are; or say why not."""
    try:
        place = act()
    except regrouping.RegroupingRefused as reason:
        messages.error(request, str(reason))
        return redirect("mailboxes:conversation-detail", conversation.pk)
    way_back = undo_by(place) if undo_by is not None else undo
    note: dict[str, Any] = {"words": words}
    if way_back is not None and len(way_back[2]) <= MOST_UNDONE:
        name, row, fields = way_back
        note |= {"undo_url": reverse(name, args=[row]), "fields": fields}
    messages.success(request, render_to_string("mailboxes/mail/_regrouped.html", note, request))
    return redirect("mailboxes:conversation-detail", place.pk)


def _choice_page(
    request: TenantRequest, conversation: Conversation, template: str, context: dict[str, Any]
) -> HttpResponse:
    # A NUL can be in no text of the database.
    search = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
    rows = [
        (one, shown_name(one.correspondent_name, one.correspondent_address)) for one in candidates(conversation, search)
    ]
    return render(request, template, {"conversation": conversation, "search": search, "rows": rows, **context})


def _chosen(request: TenantRequest, conversation: Conversation, name: str) -> Conversation:
    """Return the conversation of the same mailbox that was chosen; any other one is not found."""
    visible = Conversation.objects.visible_to(request.principal.membership).filter(mailbox=conversation.mailbox_id)
    chosen: Conversation = get_object_or_404(visible, pk=row_id(request.POST.get(name, "")))
    return regrouping.surviving(chosen)


def _ids_in(conversation: Conversation) -> list[uuid.UUID]:
    """Return what is in the conversation, as far as it matters for the way back."""
    received = list(conversation.messages.values_list("pk", flat=True)[: MOST_UNDONE + 1])
    return received + list(conversation.outgoing_messages.values_list("pk", flat=True)[: MOST_UNDONE + 1])


def _offered(request: TenantRequest, conversation: Conversation) -> list[dict[str, Any]]:
    """Return the messages to choose from, the oldest first; the one in the query (`message`) is chosen already."""
    chosen = row_id(request.GET.get("message", ""))
    received = conversation.messages.for_list().order_by("-received_at", "-id")[:MOST_OFFERED]
    sent = conversation.outgoing_messages.order_by("-created_at", "-id")[:MOST_OFFERED]
    rows = [_received_row(one) for one in received] + [
        {"id": one.pk, "name": one.from_name or one.from_address, "snippet": one.snippet, "at": one.created_at}
        for one in sent
    ]
    newest = sorted(rows, key=lambda row: row["at"])[-MOST_OFFERED:]
    return [{**row, "is_chosen": row["id"] == chosen} for row in newest]


def _received_row(message: Message) -> dict[str, Any]:
    name = shown_name(message.from_name, message.from_address)
    return {"id": message.pk, "name": name, "snippet": message.snippet, "at": message.received_at}
