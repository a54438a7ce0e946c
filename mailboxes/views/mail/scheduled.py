"""What has not left yet: undoing, and what people scheduled."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.forms.scheduling import RescheduleForm
from mailboxes.models import Conversation, Delivery, Draft, OutgoingMessage
from mailboxes.reading.departures import hindrance
from mailboxes.templatetags.leaving import UNDO_KEY
from mailboxes.views.mail.drafts import url_of
from mailboxes.views.mail.lookups import filters_of, outgoing_of
from mailboxes.writing import later, scheduled
from mailboxes.writing.later import TooLate
from mailhub import clock
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

PAGE_SIZE = 50


def offer_undo(request: TenantRequest, outgoing: OutgoingMessage) -> None:
    """Let the pages that this person opens next say how long the sending can be undone."""
    if outgoing.send_at is not None and not outgoing.is_scheduled:
        request.session[UNDO_KEY] = {"id": str(outgoing.pk), "until": outgoing.send_at.isoformat()}


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def scheduled_list(request: TenantRequest) -> HttpResponse:
    """Show all mail that people scheduled and that has not left, soonest first, as far as this person may see it."""
    deliveries = Prefetch("deliveries", Delivery.objects.order_by("recipient"))
    waiting = scheduled.not_left(request.principal.membership).select_related(
        "mailbox", "server", "conversation", "written_by__user"
    )
    page = Paginator(waiting.prefetch_related(deliveries), PAGE_SIZE).get_page(request.GET.get("page"))
    tenant = request.principal.tenant
    rows = [scheduled.row_of(one, hindrance=hindrance(one, tenant=tenant)) for one in page.object_list]
    context = {"page": page, "rows": rows, "may_send": request.principal.may(Permission.SEND_MAIL)}
    return render(request, "mailboxes/mail/scheduled.html", context)


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def undo(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Take a message back into its draft; who wrote it goes on writing."""
    outgoing = outgoing_of(request, outgoing_message_id)
    try:
        draft = later.undo(outgoing, by=request.principal.membership, now=clock.now())
    except TooLate as reason:
        messages.error(request, str(reason))
        return _back(request, outgoing)
    request.session.pop(UNDO_KEY, None)
    return _go_on(request, outgoing, draft)


@requires(Permission.SEND_MAIL)
@require_POST
def send_now(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Let a message leave at once."""
    outgoing = outgoing_of(request, outgoing_message_id)
    try:
        later.send_now(outgoing, by=request.principal.membership, now=clock.now())
    except TooLate as reason:
        messages.error(request, str(reason))
    return _back(request, outgoing)


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Choose another time at which a scheduled message leaves."""
    outgoing = outgoing_of(request, outgoing_message_id)
    now, zone = clock.now(), ZoneInfo(request.principal.user.time_zone)
    chosen = {"send_at": outgoing.send_at.astimezone(zone).replace(tzinfo=None)} if outgoing.send_at else {}
    form = RescheduleForm(request.POST if request.method == "POST" else None, now=now, zone=zone, initial=chosen)
    if form.is_valid():
        try:
            later.reschedule(outgoing, form.cleaned_data["leaves_at"], by=request.principal.membership, now=now)
        except TooLate as reason:
            messages.error(request, str(reason))
        return _back(request, outgoing)
    context = {"form": form, "outgoing": outgoing, "back": _place_of(request, outgoing)}
    return render(request, "mailboxes/mail/scheduled_change.html", context, status=422 if form.is_bound else 200)


def _go_on(request: TenantRequest, outgoing: OutgoingMessage, draft: Draft) -> HttpResponse:
    """Show the draft to whose it is; anybody else goes back to where they were."""
    if draft.author_id == request.principal.membership.pk:
        messages.info(request, "Nothing was sent. Here is your draft.")
        return redirect(url_of(draft))
    messages.success(request, f"Cancelled. It is a draft of {draft.author.user} again.")
    # A conversation that had nothing else in it is gone with it.
    if not Conversation.objects.filter(pk=outgoing.conversation_id).exists():
        return redirect("mailboxes:scheduled-list")
    return _back(request, outgoing)


def _back(request: TenantRequest, outgoing: OutgoingMessage) -> HttpResponse:
    return redirect(_place_of(request, outgoing))


def _place_of(request: TenantRequest, outgoing: OutgoingMessage) -> str:
    """Return where the person was: the list of what is scheduled (`?from=list`), else the conversation."""
    if request.GET.get("from") == "list":
        return reverse("mailboxes:scheduled-list")
    if outgoing.conversation_id is None:
        return reverse("mailboxes:outgoing-detail", args=[outgoing.pk])
    query = filters_of(request).query_with(more=[("open", str(outgoing.pk))])
    return reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]) + f"{query}#sent-{outgoing.pk}"
