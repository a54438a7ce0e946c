"""What went wrong with the servers of a mailbox, in their own words (SPEC M17)."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import ServerError
from servers.models.errors import SHOWN

PAGE_SIZE = 50


@requires(Permission.SEE_MAILBOXES)
@require_safe
def error_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show the newest errors, the last one first."""
    mailbox = get_mailbox(request, mailbox_id)
    rows = ServerError.objects.of_mailbox(mailbox.pk)[:SHOWN]
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "mailboxes/setup/errors.html", section(request, mailbox, page=page, shown=SHOWN))


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def error_clear(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Empty the list. Whatever still goes wrong comes back with the next try."""
    mailbox = get_mailbox(request, mailbox_id)
    ServerError.objects.filter(mailbox=mailbox).delete()
    messages.success(request, "Errors cleared.")
    return redirect("mailboxes:error-list", mailbox.pk)
