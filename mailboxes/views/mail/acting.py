"""What people do with one conversation. What takes it off the list leads to the next one; all else changes its head.

Each reads a form, which knows what was chosen or says why not, and does it with mailboxes.queue.acting, which may
refuse it in words as well.
"""

import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.forms.acting import (
    ActionForm,
    AddTagForm,
    AssignForm,
    PriorityForm,
    RemoveTagForm,
    SnoozeForm,
    StatusForm,
    TopicChoiceForm,
)
from mailboxes.models import Conversation
from mailboxes.queue import acting
from mailboxes.queue.listing import following
from mailboxes.queue.people import people_of
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailboxes.views.mail.conversations import conversation_url, head_context
from mailboxes.views.mail.lookups import conversation_of, filters_of
from mailhub import clock
from mailhub.lib import times
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

MOST_TAGS_OFFERED = 100

# Of mailboxes.queue.acting: (conversations, what was chosen, by=…, now=…).
_Do = Callable[..., object]


@requires(Permission.READ_MAIL)
@require_POST
def close(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take a conversation off the list of open ones, and go on to the next, or with `then=list` back to the list."""
    conversation = conversation_of(request, conversation_id)
    words = f"Closed: {conversation}. An answer opens it again."
    return _put_away(request, conversation, words, acting.set_status, Conversation.Status.CLOSED)


@requires(Permission.READ_MAIL)
@require_POST
def reopen(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put a conversation back on the list, whether it was closed or put off."""
    conversation = conversation_of(request, conversation_id)
    _refusal(request, conversation, acting.set_status, Conversation.Status.OPEN)
    return _lead_to(request, conversation)


@requires(Permission.READ_MAIL)
@works_while_read_only
@require_POST
def unread(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Forget that this person has read it, and go back to the list."""
    acting.mark_unread([conversation_of(request, conversation_id)], by=request.principal.membership)
    return redirect(reverse("mailboxes:inbox") + filters_of(request).query)


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer the colleagues who may see the mailbox, oneself first, or give it to one of them, or to nobody."""
    conversation = conversation_of(request, conversation_id)
    people = people_of(conversation.mailbox)
    if request.method != "POST":
        me = request.principal.membership.pk
        people.sort(key=lambda one: one.pk != me)
        return _choices(request, conversation, "assign", {"people": people, "me": me})
    form = AssignForm(request.POST, people=people, mailbox=conversation.mailbox)
    return _change(request, conversation, form, acting.assign)


@requires(Permission.READ_MAIL)
@require_POST
def status(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Set a conversation to open, pending or closed, and stay with it."""
    conversation = conversation_of(request, conversation_id)
    return _change(request, conversation, StatusForm(request.POST), acting.set_status)


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer times, or put a conversation off until one, and go on to the next."""
    conversation = conversation_of(request, conversation_id)
    zone = ZoneInfo(request.principal.user.time_zone)
    form = SnoozeForm(request.POST if request.method == "POST" else None, zone=zone, now=clock.now())
    if not form.is_bound:
        return _choices(request, conversation, "snooze", {"form": form, "zone": zone.key})
    if not form.is_valid():
        return _not_put_away(request, conversation, form.complaint)
    words = f"Put off until {times.exact(form.chosen, zone)}: {conversation}."
    return _put_away(request, conversation, words, acting.snooze, form.chosen)


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def topic(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer the topics, or set one, or none."""
    conversation, viewer = conversation_of(request, conversation_id), request.principal.membership
    if request.method != "POST":
        return _choices(request, conversation, "topic", {"topics": topics_seen_by(viewer)})
    return _change(request, conversation, TopicChoiceForm(request.POST, viewer=viewer), acting.set_topic)


@requires(Permission.READ_MAIL)
@require_POST
def priority(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Set how urgent a conversation is."""
    conversation = conversation_of(request, conversation_id)
    return _change(request, conversation, PriorityForm(request.POST), acting.set_priority)


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer the tags that are there, or add one by its name."""
    conversation = conversation_of(request, conversation_id)
    if request.method != "POST":
        carried = {one.tag_id for one in conversation.conversation_tags.all()}
        tags = tags_seen_by(request.principal.membership).exclude(pk__in=carried)[:MOST_TAGS_OFFERED]
        return _choices(request, conversation, "tag", {"tags": tags})
    return _change(request, conversation, AddTagForm(request.POST), acting.add_tag)


@requires(Permission.READ_MAIL)
@require_POST
def untag(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take a tag off."""
    conversation = conversation_of(request, conversation_id)
    form = RemoveTagForm(request.POST, viewer=request.principal.membership)
    return _change(request, conversation, form, acting.remove_tag)


@requires(Permission.READ_MAIL)
@require_POST
def spam(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Say that a conversation is spam, and so is what its sender writes from now on; go on to the next."""
    conversation = conversation_of(request, conversation_id)
    sender = conversation.correspondent_address or "its sender"
    words = f"Spam: {conversation}. New mail of {sender} counts as spam from now on."
    return _put_away(request, conversation, words, acting.mark_spam, undo="mailboxes:conversation-not-spam")


@requires(Permission.READ_MAIL)
@require_POST
def not_spam(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Say that a conversation is no spam, whatever servers say of its sender from now on, and open it."""
    conversation = conversation_of(request, conversation_id)
    _refusal(request, conversation, acting.mark_not_spam)
    sender = conversation.correspondent_address or "its sender"
    messages.success(request, f"No spam. New mail of {sender} comes through.")
    return _lead_to(request, conversation)


def _change(request: TenantRequest, conversation: Conversation, form: ActionForm, do: _Do) -> HttpResponse:
    """Do what the form chose, and show the head as it is then, or why nothing was done."""
    refused = _refusal(request, conversation, do, form.chosen) if form.is_valid() else form.complaint
    filters = filters_of(request)
    if not request.headers.get("HX-Request"):
        if refused:
            messages.error(request, refused)
        return redirect(conversation_url(conversation, filters))
    now_as = conversation_of(request, conversation.pk)
    context: dict[str, Any] = {**head_context(now_as), "filters": filters, "refused": refused}
    response = render(request, "mailboxes/mail/_conversation_changed.html", context)
    # The list beside it shows the same.
    response["HX-Trigger"] = "conversation-changed"
    return response


def _put_away(
    request: TenantRequest,
    conversation: Conversation,
    words: str,
    do: _Do,
    *chosen: object,
    undo: str = "mailboxes:conversation-reopen",
) -> HttpResponse:
    """Do what takes it off the list, say so with a way back, and go on to what stands below it."""
    filters = filters_of(request)
    is_back_to_list = request.POST.get("then") == "list"
    below = None if is_back_to_list else following(request.principal.membership, filters, conversation)
    refused = _refusal(request, conversation, do, *chosen)
    if refused:
        return _not_put_away(request, conversation, refused)
    note = {"words": words, "undo_url": reverse(undo, args=[conversation.pk]) + filters.query}
    messages.success(request, render_to_string("mailboxes/mail/_conversation_put_away.html", note))
    if below is not None:
        return redirect(conversation_url(below, filters))
    return redirect(reverse("mailboxes:inbox") + filters.query)


def _not_put_away(request: TenantRequest, conversation: Conversation, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(conversation_url(conversation, filters_of(request)))


def _refusal(request: TenantRequest, conversation: Conversation, do: _Do, *chosen: object) -> str:
    """Do it in the name of this person; return why it was refused, "" if it was not."""
    try:
        do([conversation], *chosen, by=request.principal.membership, now=clock.now())
    except acting.ActionRefused as reason:
        return str(reason)
    return ""


def _lead_to(request: TenantRequest, conversation: Conversation) -> HttpResponse:
    url = conversation_url(conversation, filters_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _choices(request: TenantRequest, conversation: Conversation, what: str, context: dict[str, Any]) -> HttpResponse:
    """Show what can be chosen: in the open menu to htmx, else on a page of its own."""
    part = f"mailboxes/mail/_conversation_{what}.html"
    context |= {"conversation": conversation, "filters": filters_of(request), "part": part, "what": what}
    if request.headers.get("HX-Request"):
        return render(request, part, context)
    return render(request, "mailboxes/mail/conversation_choices.html", context)
