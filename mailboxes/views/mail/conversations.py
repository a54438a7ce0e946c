"""One conversation: reading it, and whom it is with."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.forms.notes import NoteForm
from mailboxes.models import Conversation
from mailboxes.notifying import seeing
from mailboxes.queue import acting
from mailboxes.queue.listing import Filters
from mailboxes.queue.verdicts import why_spam
from mailboxes.reading import Card, Look, timeline
from mailboxes.reading.arrivals import mark_of, mark_of_shown
from mailboxes.reading.history import told
from mailboxes.reading.panel import panel_of
from mailboxes.regrouping.finding import history_of, links_of
from mailboxes.showing import shown_name
from mailboxes.views.mail.composers import begun_composer
from mailboxes.views.mail.inbox import list_context
from mailboxes.views.mail.lookups import conversation_of, filters_of, row_id
from mailboxes.views.mail.seeing import mailboxes_read
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def detail(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show a conversation beside the list, or alone to htmx; what came in so far counts as read."""
    conversation: Any = conversation_of(request, conversation_id)
    if conversation.pk != conversation_id:
        # It was merged: its address leads to where its messages are.
        url = reverse("mailboxes:conversation-detail", args=[conversation.pk])
        return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
    filters = filters_of(request)
    if request.method == "GET":
        # Who comes back to what they have read writes nothing.
        if conversation.is_unread:
            acting.mark_read([conversation], by=request.principal.membership)
        seeing.read_conversation(conversation, request.principal.membership, now=clock.now())
    if request.headers.get("HX-Request"):
        context = conversation_context(request, conversation, filters)
        return render(request, "mailboxes/mail/_conversation_answer.html", context)
    with mailboxes_read(request):
        return render(request, "mailboxes/mail/conversation.html", page_context(request, conversation, filters))


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def panel(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show whom a conversation is with: beside it to htmx, else on a page of its own."""
    conversation = conversation_of(request, conversation_id)
    context = {"conversation": conversation, "panel": panel_of(conversation, request.principal.membership)}
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_panel.html", context)
    return render(request, "mailboxes/mail/panel.html", context)


def page_context(request: TenantRequest, conversation: Conversation, filters: Filters) -> dict[str, Any]:
    """Return what the whole page shows: the list and the conversation."""
    return list_context(request, filters) | conversation_context(request, conversation, filters)


def conversation_context(request: TenantRequest, conversation: Conversation, filters: Filters) -> dict[str, Any]:
    """Return what the pane of one conversation shows."""
    opened, may_send = row_id(request.GET.get("open", "")), request.principal.may(Permission.SEND_MAIL)
    look = Look(as_text=request.GET.get("view") == "text", with_remote=request.GET.get("remote") == "1")
    shown = timeline(
        conversation,
        opened=frozenset([opened] if opened else []),
        look=look,
        whole=request.GET.get("whole") == "1",
        viewer=request.principal.membership,
    )
    head = head_context(conversation)
    return {
        "filters": filters,
        **head,
        "timeline": shown,
        "links": links_of(conversation),
        # A page that begins with the newest ones may lack one that is new and says that it is old.
        "mark": mark_of(conversation) if shown.has_earlier else mark_of_shown(shown.cards, head["newest_event_id"]),
        "note_form": NoteForm(),
        "whole_query": filters.query_with(more=[("whole", "1")]),
        "reply_all_query": filters.query_with(more=[("all", "1")]),
        "forwarded_id": next((card.id for card in reversed(shown.cards) if card.is_received), None),
        # Handed on where nothing came in yet.
        "forwarded_sent_id": next((card.id for card in reversed(shown.cards) if _is_ours(card)), None),
        "may_send": may_send,
        # What this person has begun to write here.
        "composer": begun_composer(request, conversation, filters) if may_send else None,
    }


def _is_ours(card: Card) -> bool:
    return not card.is_received and not card.is_note


def head_context(conversation: Conversation) -> dict[str, Any]:
    """Return what the head of the pane and the history show: what changes when somebody acts on it."""
    events = history_of(conversation)
    return {
        "conversation": conversation,
        "name": shown_name(conversation.correspondent_name, conversation.correspondent_address),
        "history": [(told(event), event.at) for event in events],
        "newest_event_id": events[-1].pk if events else None,
        "spam_because": why_spam(conversation),
    }


def conversation_url(conversation: Conversation, filters: Filters) -> str:
    """Return the address of a conversation from which the list comes back as it was."""
    return reverse("mailboxes:conversation-detail", args=[conversation.pk]) + filters.query
