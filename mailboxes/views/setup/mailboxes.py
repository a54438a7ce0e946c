"""The list of mailboxes, and one mailbox as a whole."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from mailboxes import changing, deleting
from mailboxes.activity import activity_of
from mailboxes.forms.mailboxes import MailboxForm
from mailboxes.forms.saving import saved
from mailboxes.models import Mailbox
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.refreshing import refresh_seconds
from mailboxes.views.setup.rows import row_of
from mailboxes.views.setup.sections import section
from mailboxes.views.setup.sparklines import sparkline
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer, OutgoingServer

PAGE_SIZE = 50


@requires(Permission.SEE_MAILBOXES)
@require_safe
def mailbox_list(request: TenantRequest) -> HttpResponse:
    """Show the mailboxes that this person may use, and how their servers are doing."""
    rows = Mailbox.objects.visible_to(request.principal.membership).prefetch_related(
        Prefetch("incoming_servers", IncomingServer.objects.filter(is_primary=True)),
        Prefetch("outgoing_servers", OutgoingServer.objects.order_by("-is_default", "created_at", "id")),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    may_manage = request.principal.may(Permission.MANAGE_MAILBOXES)
    context = {"page": page, "rows": [row_of(mailbox) for mailbox in page.object_list], "may_manage": may_manage}
    return render(request, "mailboxes/setup/list.html", context)


@requires(Permission.SEE_MAILBOXES)
@require_safe
@vary_on_headers("HX-Request")
def mailbox_detail(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show how a mailbox is doing: its servers, what came in and went out, its errors."""
    mailbox = get_mailbox(request, mailbox_id)
    now = clock.now()
    context = section(request, mailbox, now=now)
    context["refresh_seconds"] = refresh_seconds(mailbox, context["incoming"], now=now)
    if request.headers.get("HX-Request"):
        # The page asks again by itself, for the servers only.
        return render(request, "mailboxes/setup/_servers.html", context)
    activity = activity_of(mailbox, now=now, zone=ZoneInfo(request.principal.user.time_zone))
    lines = {"received": sparkline(activity.received), "sent": sparkline(activity.sent)}
    return render(request, "mailboxes/setup/detail.html", {**context, **lines})


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_change(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Change name, address, comments, and the kind while no mail has flowed."""
    mailbox = get_mailbox(request, mailbox_id)
    form = MailboxForm(request.POST or None, instance=mailbox)
    if form.is_valid() and saved(form, lambda: changing.change_mailbox(mailbox)):
        messages.success(request, "Mailbox saved.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    # The head of the page keeps the name that is saved, not the one that was refused.
    context = section(request, mailbox.refreshed(), form=form)
    return render(request, "mailboxes/setup/change.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def mailbox_activate(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    mailbox = get_mailbox(request, mailbox_id)
    changing.activate(mailbox, now=clock.now())
    messages.success(request, f"{mailbox} is active: mail is fetched and sent.")
    return _back(request, mailbox)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def mailbox_deactivate(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    mailbox = get_mailbox(request, mailbox_id)
    changing.deactivate(mailbox)
    messages.success(request, f"{mailbox} is not active any more: nothing is fetched or sent. Nothing was deleted.")
    return _back(request, mailbox)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_delete(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Say what goes with the mailbox, and delete it once its name was typed."""
    mailbox = get_mailbox(request, mailbox_id)
    is_confirmed = request.POST.get("confirm", "").strip() == mailbox.name
    if request.method != "POST" or not is_confirmed:
        error = "Type the name exactly as it is written here." if request.method == "POST" else ""
        context = section(request, mailbox, goes=deleting.what_goes_with(mailbox), confirm_error=error)
        return render(request, "mailboxes/setup/delete.html", context, status=422 if error else 200)
    deleting.delete(mailbox)
    messages.success(request, f"{mailbox} was deleted.")
    return redirect("mailboxes:mailbox-list")


def _back(request: TenantRequest, mailbox: Mailbox) -> HttpResponse:
    if request.POST.get("from") == "list":
        return redirect("mailboxes:mailbox-list")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)
