"""What a person was told of: the bell and its list (SPEC Q4)."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes.models import Notification
from mailboxes.notifying import seeing
from mailboxes.notifying.wording import happened, path_of
from mailboxes.queue.cursors import Cursor, InvalidCursor
from mailhub import clock
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_PAGE = 50
_RECENT = 10
# Of what came since the last look so many are shown at the edge of the page.
_MOST_TOASTS = 3


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def notification_list(request: TenantRequest) -> HttpResponse:
    """Show everything that this person was told of, the newest first."""
    rows = _shown(request)
    before = _cursor(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(Q(created_at__lt=before.at) | Q(created_at=before.at, pk__lt=before.id))
    found = list(rows[: _PAGE + 1])
    shown = found[:_PAGE]
    context = _items(shown) | {
        "is_first_page": before is None,
        "next_cursor": str(Cursor(shown[-1].created_at, shown[-1].pk)) if len(found) > _PAGE else "",
    }
    return render(request, "mailboxes/notifications/list.html", context)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def notification_recent(request: TenantRequest) -> HttpResponse:
    """Return the newest, for the menu behind the bell."""
    return render(request, "mailboxes/notifications/_recent.html", _items(list(_shown(request)[:_RECENT])))


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def notification_live(request: TenantRequest) -> HttpResponse:
    """Tell an open page what is new since it last asked; 204, after one query, when nothing is."""
    membership, known = request.principal.membership, request.GET.get("known", "")
    unread = seeing.unread_of(membership)
    if unread.mark == known:
        return HttpResponse(status=204)
    newest = known.partition("-")[2]
    # A page that knows nothing, or a nonsense, is told the count alone.
    since = int(newest) if newest.isascii() and newest.isdecimal() and len(newest) < 20 else unread.newest
    news = seeing.news_since(membership, since, most=_MOST_TOASTS) if unread.newest > since else []
    return JsonResponse(
        {"mark": unread.mark, "count": unread.words, "news": [_told(one) for one in reversed(news)]},
    )


@requires(Permission.READ_MAIL)
@works_while_read_only
@require_POST
def notification_read(request: TenantRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark one as read, and go back to the list."""
    found = get_object_or_404(seeing.shown_to(request.principal.membership), pk=notification_id)
    seeing.read(found.pk, request.principal.membership, now=clock.now())
    found.read_at = found.read_at or clock.now()
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/notifications/_item.html", {"item": _item(found)})
    return redirect("mailboxes:notification-list")


@requires(Permission.READ_MAIL)
@works_while_read_only
@require_POST
def notification_read_all(request: TenantRequest) -> HttpResponse:
    """Mark as read what the page showed and what is older; what came meanwhile stays unread."""
    seeing.read_all(request.principal.membership, until=_until(request.POST.get("until", "")), now=clock.now())
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/notifications/_recent.html", _items(list(_shown(request)[:_RECENT])))
    return redirect("mailboxes:notification-list")


def _shown(request: TenantRequest) -> seeing.NotificationQuerySet:
    return seeing.shown_to(request.principal.membership).order_by("-created_at", "-id")


def _items(notifications: list[Notification]) -> dict[str, Any]:
    return {
        "items": [_item(one) for one in notifications],
        "has_unread": any(one.read_at is None for one in notifications),
        "until": notifications[0].created_at.isoformat() if notifications else "",
    }


def _item(notification: Notification) -> dict[str, Any]:
    return {"notification": notification, "happened": happened(notification), "url": path_of(notification)}


def _told(notification: Notification) -> dict[str, str]:
    return {
        "id": str(notification.pk),
        "happened": happened(notification),
        "subject": notification.about,
        "url": path_of(notification),
    }


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except InvalidCursor as error:
        raise Http404("No such page.") from error


def _until(text: str) -> datetime:
    """Read until when the page knew; a form that says nothing of it means all."""
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return min(until, clock.now()) if until.tzinfo is not None else clock.now()
