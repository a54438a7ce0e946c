"""What went wrong with the servers of a mailbox, in their own words (SPEC M17)."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from mailboxes.models import Mailbox
from mailboxes.views.setup.error_filters import ErrorFilters, Server, find_server
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import ServerError
from servers.models.errors import SHOWN

PAGE_SIZE = 50


@requires(Permission.SEE_MAILBOXES)
@require_safe
def error_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show the newest errors, the last one first, as far as they were asked for."""
    mailbox = get_mailbox(request, mailbox_id)
    servers = _servers_of(mailbox)
    filters = ErrorFilters.parse(request.GET, servers)
    errors = ServerError.objects.of_mailbox(mailbox.pk)
    page = Paginator(filters.apply(errors, now=clock.now())[:SHOWN], PAGE_SIZE).get_page(request.GET.get("page"))
    met = errors.order_by().values_list("operation", "kind").distinct()
    context = {"page": page, "shown": SHOWN, "filters": filters, "choices": filters.choices(servers, met)}
    return render(request, "mailboxes/setup/errors.html", section(request, mailbox, **context))


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def error_clear(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Empty the list, or what one server (`server`) has in it. What still goes wrong comes back with the next try."""
    mailbox = get_mailbox(request, mailbox_id)
    server = find_server(request.POST.get("server", ""), _servers_of(mailbox))
    errors = ErrorFilters(server=server).apply(ServerError.objects.filter(mailbox=mailbox), now=clock.now())
    errors.delete()
    messages.success(request, f"Errors of {server} cleared." if server else "Errors cleared.")
    return redirect("mailboxes:error-list", mailbox.pk)


def _servers_of(mailbox: Mailbox) -> list[Server]:
    incoming = mailbox.incoming_servers.order_by("-is_primary", "created_at", "id")
    return [*incoming, *mailbox.outgoing_servers.order_by("-is_default", "created_at", "id")]
