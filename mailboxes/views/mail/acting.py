"""What people do with one conversation. What takes it off the list leads to the next one; all else changes its head."""

import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.forms.acting import (
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
from mailboxes.queue.acting import ActionRefused
from mailboxes.queue.listing import following
from mailboxes.queue.people import people_of
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailboxes.routing import balancing
from mailboxes.views.mail.conversations import conversation_url, head_context
from mailboxes.views.mail.lookups import conversation_of, filters_of
from mailhub import clock
from mailhub.lib import times
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

MOST_TAGS_OFFERED = 100

# What is done in a moment that is given: (conversations) -> those that changed.
_Act = Callable[[list[Conversation]], object]


@requires(Permission.READ_MAIL)
@require_POST
def close(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take a conversation off the list of open ones, and go on to the next, or with `then=list` back to the list."""
    conversation = conversation_of(request, conversation_id)
    by, now = request.principal.membership, clock.now()
    return _put_away(
        request,
        conversation,
        lambda rows: acting.set_status(rows, Conversation.Status.CLOSED, by=by, now=now),
        f"Closed: {conversation}. An answer opens it again.",
    )


@requires(Permission.READ_MAIL)
@require_POST
def reopen(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put a conversation back on the list, whether it was closed or put off."""
    conversation = conversation_of(request, conversation_id)
    acting.set_status([conversation], Conversation.Status.OPEN, by=request.principal.membership, now=clock.now())
    url = conversation_url(conversation, filters_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@requires(Permission.READ_MAIL)
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
    form = AssignForm(request.POST, people=people)
    if not form.is_valid():
        return _changed(request, conversation, "This person may not use the mailbox, or is not there any more.")
    by, now = request.principal.membership, clock.now()
    person = balancing.least_busy(conversation.mailbox) if form.is_balanced else form.person
    return _act(request, conversation, lambda rows: acting.assign(rows, person, by=by, now=now))


@requires(Permission.READ_MAIL)
@require_POST
def status(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Set a conversation to open, pending or closed, and stay with it."""
    conversation, form = conversation_of(request, conversation_id), StatusForm(request.POST)
    if not form.is_valid():
        return _changed(request, conversation, _words_of(form))
    by, now = request.principal.membership, clock.now()
    wanted = form.cleaned_data["status"]
    return _act(request, conversation, lambda rows: acting.set_status(rows, wanted, by=by, now=now))


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer times, or put a conversation off until one, and go on to the next."""
    conversation = conversation_of(request, conversation_id)
    by, now, zone = request.principal.membership, clock.now(), ZoneInfo(request.principal.user.time_zone)
    if request.method != "POST":
        return _choices(request, conversation, "snooze", {"form": SnoozeForm(zone=zone, now=now), "zone": zone.key})
    form = SnoozeForm(request.POST, zone=zone, now=now)
    if not form.is_valid():
        return _refused_away(request, conversation, _words_of(form))
    until = form.cleaned_data["chosen"]
    return _put_away(
        request,
        conversation,
        lambda rows: acting.snooze(rows, until, by=by, now=now),
        f"Put off until {times.exact(until, zone)}: {conversation}.",
    )


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def topic(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer the topics, or set one, or none."""
    conversation, by = conversation_of(request, conversation_id), request.principal.membership
    if request.method != "POST":
        return _choices(request, conversation, "topic", {"topics": topics_seen_by(by)})
    form = TopicChoiceForm(request.POST, viewer=by)
    if not form.is_valid():
        return _changed(request, conversation, "This topic is not there any more.")
    chosen, now = form.cleaned_data["topic"], clock.now()
    return _act(request, conversation, lambda rows: acting.set_topic(rows, chosen, by=by, now=now))


@requires(Permission.READ_MAIL)
@require_POST
def priority(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Set how urgent a conversation is."""
    conversation, form = conversation_of(request, conversation_id), PriorityForm(request.POST)
    if not form.is_valid():
        return _changed(request, conversation, _words_of(form))
    by, now = request.principal.membership, clock.now()
    wanted = form.cleaned_data["priority"]
    return _act(request, conversation, lambda rows: acting.set_priority(rows, wanted, by=by, now=now))


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Offer the tags that are there, or add one by its name."""
    conversation, by = conversation_of(request, conversation_id), request.principal.membership
    if request.method != "POST":
        carried = {one.tag_id for one in conversation.conversation_tags.all()}
        tags = tags_seen_by(by).exclude(pk__in=carried)[:MOST_TAGS_OFFERED]
        return _choices(request, conversation, "tag", {"tags": tags})
    form = AddTagForm(request.POST)
    if not form.is_valid():
        return _changed(request, conversation, "A tag needs a name, and a short one.")
    name, now = form.cleaned_data["name"], clock.now()
    return _act(request, conversation, lambda rows: acting.add_tag(rows, name, by=by, now=now))


@requires(Permission.READ_MAIL)
@require_POST
def untag(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take a tag off."""
    conversation, by = conversation_of(request, conversation_id), request.principal.membership
    form = RemoveTagForm(request.POST, viewer=by)
    if not form.is_valid():
        # Somebody took it off, or deleted it, in the same moment.
        return _changed(request, conversation)
    chosen, now = form.cleaned_data["tag"], clock.now()
    return _act(request, conversation, lambda rows: acting.remove_tag(rows, chosen, by=by, now=now))


@requires(Permission.READ_MAIL)
@require_POST
def spam(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Say that a conversation is spam, and so is what its sender writes from now on; go on to the next."""
    conversation = conversation_of(request, conversation_id)
    by, now = request.principal.membership, clock.now()
    sender = conversation.correspondent_address or "its sender"
    return _put_away(
        request,
        conversation,
        lambda rows: acting.mark_spam(rows, by=by, now=now),
        f"Spam: {conversation}. New mail of {sender} counts as spam from now on.",
        undo="mailboxes:conversation-not-spam",
    )


@requires(Permission.READ_MAIL)
@require_POST
def not_spam(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Say that a conversation is no spam, whatever servers say of its sender from now on, and open it."""
    conversation = conversation_of(request, conversation_id)
    acting.mark_not_spam([conversation], by=request.principal.membership, now=clock.now())
    messages.success(
        request, f"No spam. New mail of {conversation.correspondent_address or 'its sender'} comes through."
    )
    url = conversation_url(conversation, filters_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _act(request: TenantRequest, conversation: Conversation, act: _Act) -> HttpResponse:
    """Do it, and show the head as it is then; or why not."""
    try:
        act([conversation])
    except ActionRefused as reason:
        return _changed(request, conversation, str(reason))
    return _changed(request, conversation)


def _changed(request: TenantRequest, conversation: Conversation, refused: str = "") -> HttpResponse:
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
    act: _Act,
    words: str,
    *,
    undo: str = "mailboxes:conversation-reopen",
) -> HttpResponse:
    """Do what takes it off the list, say so with a way back, and go on to what stands below it."""
    filters = filters_of(request)
    is_back_to_list = request.POST.get("then") == "list"
    below = None if is_back_to_list else following(request.principal.membership, filters, conversation)
    try:
        act([conversation])
    except ActionRefused as reason:
        return _refused_away(request, conversation, str(reason))
    note = {"words": words, "undo_url": reverse(undo, args=[conversation.pk]) + filters.query}
    messages.success(request, render_to_string("mailboxes/mail/_conversation_put_away.html", note))
    if below is not None:
        return redirect(conversation_url(below, filters))
    return redirect(reverse("mailboxes:inbox") + filters.query)


def _refused_away(request: TenantRequest, conversation: Conversation, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(conversation_url(conversation, filters_of(request)))


def _choices(request: TenantRequest, conversation: Conversation, what: str, context: dict[str, Any]) -> HttpResponse:
    """Show what can be chosen: in the open menu to htmx, else on a page of its own."""
    part = f"mailboxes/mail/_conversation_{what}.html"
    context |= {"conversation": conversation, "filters": filters_of(request), "part": part, "what": what}
    if request.headers.get("HX-Request"):
        return render(request, part, context)
    return render(request, "mailboxes/mail/conversation_choices.html", context)


def _words_of(form: forms.Form) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
