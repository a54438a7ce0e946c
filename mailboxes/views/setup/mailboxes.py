"""The list of mailboxes, and one mailbox as a whole."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from billing.limits import LimitExceeded
from billing.models import Subscription
from mailboxes import changing, deleting
from mailboxes.activity import activity_of
from mailboxes.forms.deleting import DeleteMailboxForm
from mailboxes.forms.mailboxes import ActivationForm, MailboxForm
from mailboxes.forms.saving import saved
from mailboxes.models import Alarm, Mailbox
from mailboxes.reply_results import Outcome, results_of
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.refreshing import SOON_SECONDS, refresh_seconds
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
    rows = (
        Mailbox.objects.visible_to(request.principal.membership)
        .select_related("segment")
        .prefetch_related(
            Prefetch("incoming_servers", IncomingServer.objects.order_by("-is_primary", "created_at", "id")),
            Prefetch("outgoing_servers", OutgoingServer.objects.order_by("-is_default", "created_at", "id")),
            Prefetch("alarms", Alarm.objects.filter(cleared_at=None).order_by("raised_at")),
        )
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    may_manage, now = request.principal.may(Permission.MANAGE_MAILBOXES), clock.now()
    servers = [server for mailbox in page.object_list for server in mailbox.outgoing_servers.all()]
    checks = results_of(servers, now=now)
    shown = [row_of(mailbox, checks, now=now) for mailbox in page.object_list]
    context = {"page": page, "rows": shown, "may_manage": may_manage, "subscriptions": _subscriptions(request)}
    return render(request, "mailboxes/setup/list.html", context)


@requires(Permission.SEE_MAILBOXES)
@require_safe
@vary_on_headers("HX-Request")
def mailbox_detail(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show how a mailbox is doing: its servers, what came in and went out, its errors."""
    mailbox = get_mailbox(request, mailbox_id)
    now = clock.now()
    alarms = Alarm.objects.filter(mailbox=mailbox, cleared_at=None).order_by("raised_at")
    context = section(request, mailbox, now=now, alarms=alarms if mailbox.is_active else ())
    context["reply_checks"] = results_of(context["outgoing_servers"], now=now)
    context["refresh_seconds"] = refresh_seconds(mailbox, context["incoming"], now=now)
    if any(check.outcome == Outcome.RUNNING for check in context["reply_checks"].values()):
        context["refresh_seconds"] = SOON_SECONDS
    if request.headers.get("HX-Request"):
        # The page asks again by itself, for the servers only.
        return render(request, "mailboxes/setup/_servers.html", context)
    activity = activity_of(mailbox, now=now, zone=ZoneInfo(request.principal.user.time_zone))
    lines = {"received": sparkline(activity.received), "sent": sparkline(activity.sent)}
    context["takes_direct_mail"] = bool(settings.RECEIVE_SMTP or settings.RECEIVE_LMTP)
    return render(request, "mailboxes/setup/detail.html", {**context, **lines})


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_change(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Change name, address, segment, subscription, comments, and the kind while no mail has flowed."""
    mailbox = get_mailbox(request, mailbox_id)
    form = MailboxForm(request.POST or None, instance=mailbox)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: _change(form, now=now)):
        messages.success(request, "Mailbox saved.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    # The head of the page keeps the name that is saved, not the one that was refused.
    context = section(request, mailbox.refreshed(), form=form)
    return render(request, "mailboxes/setup/change.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def mailbox_activate(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Activate the mailbox; what that costs is said and agreed to before, and a limit names the way out."""
    mailbox = get_mailbox(request, mailbox_id)
    form = ActivationForm(request.POST)
    form.full_clean()
    try:
        changing.activate(mailbox, agrees_to_fee=form.cleaned_data["agrees_to_fee"], now=clock.now())
    except LimitExceeded as limit:
        context = section(request, mailbox, limit=limit, fee=getattr(limit, "fee", None))
        return render(request, "mailboxes/setup/activate.html", context, status=422)
    messages.success(request, f"{mailbox} is active: mail is fetched and sent.")
    return _back(request, mailbox)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def mailbox_deactivate(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    mailbox = get_mailbox(request, mailbox_id)
    changing.deactivate(mailbox, now=clock.now())
    messages.success(request, f"{mailbox} is not active any more: nothing is fetched or sent. Nothing was deleted.")
    return _back(request, mailbox)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_delete(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Say what goes with the mailbox, have a successor chosen where it is the default of its segment, and delete it."""
    mailbox = get_mailbox(request, mailbox_id)
    form = DeleteMailboxForm(mailbox, request.POST if request.method == "POST" else None)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: deleting.delete(mailbox, successor=form.chosen_successor, now=now)):
        messages.success(request, f"{mailbox} is deleted in the background. Nobody sees it any more.")
        return redirect("mailboxes:mailbox-list")
    context = section(request, mailbox, goes=deleting.what_goes_with(mailbox), form=form)
    return render(request, "mailboxes/setup/delete.html", context, status=422 if form.is_bound else 200)


def _change(form: MailboxForm, *, now: datetime) -> None:
    agrees_to_fee, successor = form.cleaned_data["agrees_to_fee"], form.cleaned_data.get("successor")
    changing.change_mailbox(form.instance, successor=successor, agrees_to_fee=agrees_to_fee, now=now)


def _subscriptions(request: TenantRequest) -> list[Subscription]:
    """Return what the meter shows: how many mailboxes there are is told to nobody who may not see all of them."""
    return list(Subscription.objects.running()) if request.principal.may(Permission.MANAGE_MAILBOXES) else []


def _back(request: TenantRequest, mailbox: Mailbox) -> HttpResponse:
    if request.POST.get("from") == "list":
        return redirect("mailboxes:mailbox-list")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)
