"""One thing done with the selected conversations."""

import json
import uuid
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes.forms.bulk import BulkForm
from mailboxes.queue import bulk, snoozing
from mailboxes.queue.acting import ActionRefused
from mailboxes.queue.colleagues import colleagues_of
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailboxes.views.mail.inbox import list_context
from mailboxes.views.mail.lookups import filters_of
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# In the order of the bar. Each menu fills when it is opened.
MENUS = ("assignee", "topic", "tag", "until")
MOST_OFFERED = 200


@requires(Permission.READ_MAIL)
@require_POST
def conversation_bulk(request: TenantRequest) -> HttpResponse:
    """Do one thing with conversations (`conversation`). What one may not see is left out; if that is all, it is 404."""
    me, now = request.principal.membership, clock.now()
    conversations = bulk.chosen(me, _ids(request.POST.getlist("conversation")))
    if not conversations:
        raise Http404("None of these conversations is here.")
    form = BulkForm(me, request.POST)
    if not form.is_valid():
        return _refused(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    try:
        done = bulk.do(conversations, form.wish, by=me, now=now)
    except ActionRefused as reason:
        return _refused(request, str(reason))
    note = {"words": done.words, "token": done.token, "filters": filters_of(request)}
    messages.success(request, render_to_string("mailboxes/mail/_bulk_done.html", note, request))
    return _answer(request, conversations)


@requires(Permission.READ_MAIL)
@require_POST
def conversation_bulk_undo(request: TenantRequest) -> HttpResponse:
    """Put things back as they were before (`token`)."""
    try:
        undone = bulk.undo(request.POST.get("token", ""), by=request.principal.membership, now=clock.now())
    except (bulk.UndoRefused, ActionRefused) as reason:
        return _refused(request, str(reason))
    messages.success(request, "Undone." if undone else "There was nothing left to undo.")
    return _answer(request, [])


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def bulk_choices(request: TenantRequest) -> HttpResponse:
    """Show what a menu of the bar (`menu`) offers."""
    menu = request.GET.get("menu", MENUS[0])
    if menu not in MENUS:
        raise Http404("No such menu.")
    context = {"menu": menu, **_offered(request, menu)}
    return render(request, "mailboxes/mail/_bulk_choices.html", context)


def _offered(request: TenantRequest, menu: str) -> dict[str, Any]:
    me = request.principal.membership
    match menu:
        case "assignee":
            return {"people": colleagues_of(me).exclude(pk=me.pk)[:MOST_OFFERED]}
        case "topic":
            return {"topics": topics_seen_by(me)[:MOST_OFFERED]}
        case "tag":
            return {"tags": tags_seen_by(me)[:MOST_OFFERED]}
        case _:
            return {"moments": snoozing.choices(clock.now(), ZoneInfo(request.principal.user.time_zone))}


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Return the ids among the texts: what is none names nothing."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _answer(request: TenantRequest, conversations: Iterable[Any]) -> HttpResponse:
    """Return the list as it is now: its rows to htmx, else the whole page."""
    filters = filters_of(request)
    if not request.headers.get("HX-Request"):
        return redirect(reverse("mailboxes:inbox") + filters.query)
    context = list_context(request, filters) | {"with_messages": True}
    response = render(request, "mailboxes/mail/_rows_answer.html", context)
    response["HX-Trigger"] = json.dumps({"bulk-done": {"ids": [str(one.pk) for one in conversations]}})
    return response


def _refused(request: TenantRequest, words: str) -> HttpResponse:
    """Say why nothing was done; the selection stays."""
    if not request.headers.get("HX-Request"):
        messages.error(request, words)
        return redirect(reverse("mailboxes:inbox") + filters_of(request).query)
    headers = {"HX-Trigger": json.dumps({"toast": {"message": words, "kind": "error"}}), "HX-Reswap": "none"}
    return HttpResponse(status=422, headers=headers)
