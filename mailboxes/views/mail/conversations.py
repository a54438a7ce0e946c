"""One conversation: reading it, and saying that it is done."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes.models import Conversation, ConversationRead
from mailboxes.queue.listing import Cursor, Filters, page_of
from mailboxes.reading import Look, timeline
from mailboxes.regrouping.finding import history_of, links_of
from mailboxes.showing import shown_name
from mailboxes.views.mail.inbox import list_context
from mailboxes.views.mail.lookups import conversation_of, filters_of, row_id
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def detail(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show a conversation beside the list, or alone to htmx; what came in so far counts as read."""
    conversation = conversation_of(request, conversation_id)
    if conversation.pk != conversation_id:
        # It was merged: its address leads to where its messages are.
        url = reverse("mailboxes:conversation-detail", args=[conversation.pk])
        return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
    filters = filters_of(request)
    if request.method == "GET":
        conversation.mark_read(request.principal.membership)
    if request.headers.get("HX-Request"):
        context = conversation_context(request, conversation, filters)
        return render(request, "mailboxes/mail/_conversation_answer.html", context)
    return render(request, "mailboxes/mail/conversation.html", page_context(request, conversation, filters))


@requires(Permission.READ_MAIL)
@require_POST
def close(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take a conversation off the list of open ones, and go on to the next, or with `then=list` back to the list."""
    conversation = conversation_of(request, conversation_id)
    filters = filters_of(request)
    _set_status(conversation, Conversation.Status.CLOSED)
    note = {"conversation": conversation, "filters": filters}
    messages.success(request, render_to_string("mailboxes/mail/_closed.html", note))
    following = None if request.POST.get("then") == "list" else _following(request, conversation, filters)
    if following is not None:
        return redirect(conversation_url(following, filters))
    return redirect(reverse("mailboxes:inbox") + filters.query)


@requires(Permission.READ_MAIL)
@require_POST
def reopen(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put a closed conversation back on the list."""
    conversation = conversation_of(request, conversation_id)
    _set_status(conversation, Conversation.Status.OPEN)
    url = conversation_url(conversation, filters_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@requires(Permission.READ_MAIL)
@require_POST
def unread(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Forget that this person has read it, and go back to the list."""
    conversation = conversation_of(request, conversation_id)
    ConversationRead.objects.filter(conversation=conversation, membership=request.principal.membership).delete()
    return redirect(reverse("mailboxes:inbox") + filters_of(request).query)


def page_context(request: TenantRequest, conversation: Conversation, filters: Filters) -> dict[str, Any]:
    """Return what the whole page shows: the list and the conversation."""
    return list_context(request.principal.membership, filters) | conversation_context(request, conversation, filters)


def conversation_context(request: TenantRequest, conversation: Conversation, filters: Filters) -> dict[str, Any]:
    """Return what the pane of one conversation shows."""
    opened = row_id(request.GET.get("open", ""))
    look = Look(as_text=request.GET.get("view") == "text", with_remote=request.GET.get("remote") == "1")
    shown = timeline(
        conversation,
        opened=frozenset([opened] if opened else []),
        look=look,
        whole=request.GET.get("whole") == "1",
    )
    return {
        "filters": filters,
        "conversation": conversation,
        "name": shown_name(conversation.correspondent_name, conversation.correspondent_address),
        "timeline": shown,
        "links": links_of(conversation),
        "history": history_of(conversation),
        "whole_query": filters.query_with(more=[("whole", "1")]),
        "reply_all_query": filters.query_with(more=[("all", "1")]),
        "may_send": request.principal.may(Permission.SEND_MAIL),
    }


def conversation_url(conversation: Conversation, filters: Filters) -> str:
    """Return the address of a conversation from which the list comes back as it was."""
    return reverse("mailboxes:conversation-detail", args=[conversation.pk]) + filters.query


def _following(request: TenantRequest, conversation: Conversation, filters: Filters) -> Conversation | None:
    """Return the conversation that stands below this one in the list; None below the last."""
    behind = replace(filters, before=Cursor(conversation.last_at, conversation.pk))
    rows = page_of(request.principal.membership, behind).rows
    return rows[0].conversation if rows else None


def _set_status(conversation: Conversation, status: Conversation.Status) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(status=status)
