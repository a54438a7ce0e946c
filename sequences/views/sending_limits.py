"""What limits all sequences of the account: its own settings, and limits of outgoing servers and mailboxes."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.forms.sending_limits import SendingLimitForm, SendingSettingsForm
from sequences.limits import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE
from sequences.limits.keeping import clear_limit, save_limit, save_settings
from sequences.limits.overview import overview_of
from sequences.limits.picturing import ramp_of
from sequences.limits.sign_ins import SharedSignIn
from sequences.models import SendingLimit, SendingSettings
from sequences.schedule.rules import zone_named
from servers.models import OutgoingServer

_INVALID = 422
_USUAL = {"default_per_day": DEFAULT_PER_DAY, "default_per_minute": DEFAULT_PER_MINUTE}


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def sending_settings(request: TenantRequest) -> HttpResponse:
    """Show and change what holds for all sequences, with the limits of all servers and mailboxes."""
    now, settings = clock.now(), SendingSettings.objects.first() or SendingSettings()
    form = SendingSettingsForm(settings, request.POST if request.method == "POST" else None)
    if form.is_valid():
        save_settings(request.principal.tenant, form.values, now=now)
        messages.success(request, "Saved.")
        return redirect("sequences:sending-settings")
    context = {"form": form, "mailboxes": overview_of(request.principal.membership, now=now), **_USUAL}
    return render(request, "sequences/sending/settings.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def sending_limit_change(request: TenantRequest, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Set what sequences may send through an outgoing server."""
    server = _server_of(request, outgoing_server_id)
    sharing = SharedSignIn.of(server).servers().exclude(pk=server.pk)
    mine = sharing.filter(mailbox__in=Mailbox.objects.visible_to(request.principal.membership))
    context = {"server": server, "sharing": list(mine.select_related("mailbox").order_by("from_address")), **_USUAL}
    return _limit_page(request, server, context)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def sending_limit_clear(request: TenantRequest, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Go back to the default for an outgoing server."""
    return _clear(request, _server_of(request, outgoing_server_id))


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def sending_limit_mailbox_change(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Set what sequences may send from a mailbox, through all of its servers together."""
    mailbox = _mailbox_of(request, mailbox_id)
    return _limit_page(request, mailbox, {"mailbox": mailbox})


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def sending_limit_mailbox_clear(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Take the limit off a mailbox."""
    return _clear(request, _mailbox_of(request, mailbox_id))


def _limit_page(request: TenantRequest, of: OutgoingServer | Mailbox, context: dict[str, object]) -> HttpResponse:
    owner = {"mailbox": of} if isinstance(of, Mailbox) else {"server": of}
    limit: SendingLimit | None = SendingLimit.objects.filter(**owner).first()
    now = clock.now()
    today = now.astimezone(zone_named(request.principal.tenant.time_zone)).date()
    new = SendingLimit(per_day=None, per_minute=None) if isinstance(of, Mailbox) else None
    form = SendingLimitForm(limit or new, request.POST if request.method == "POST" else None, today=today)
    if form.is_valid():
        save_limit(of, form.values, now=now)
        messages.success(request, f"The limit of {of} was saved.")
        return redirect("sequences:sending-settings")
    context |= {"of": of, "form": form, "limit": limit, "ramp": ramp_of(limit) if limit is not None else None}
    return render(request, "sequences/sending/limit.html", context, status=_INVALID if form.is_bound else 200)


def _clear(request: TenantRequest, of: OutgoingServer | Mailbox) -> HttpResponse:
    if clear_limit(of):
        usual = "no limit of its own" if isinstance(of, Mailbox) else "the default again"
        messages.success(request, f"{of} has {usual}.")
    return redirect("sequences:sending-settings")


def _server_of(request: TenantRequest, server_id: uuid.UUID) -> OutgoingServer:
    mailboxes = Mailbox.objects.visible_to(request.principal.membership)
    rows = OutgoingServer.objects.filter(mailbox__in=mailboxes).select_related("mailbox")
    found: OutgoingServer = get_object_or_404(rows, pk=server_id)
    return found


def _mailbox_of(request: TenantRequest, mailbox_id: uuid.UUID) -> Mailbox:
    found: Mailbox = get_object_or_404(Mailbox.objects.visible_to(request.principal.membership), pk=mailbox_id)
    return found
