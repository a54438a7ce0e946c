"""Mail that a mailbox did not take in: looked at, and taken in after all (SPEC M23)."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes.forms.people import SEARCH_LENGTH
from mailboxes.intake import discarding
from mailboxes.intake.expiring import KEPT
from mailboxes.models import Message
from mailboxes.views.mail.lookups import message_of
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

PAGE_SIZE = 50


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def discarded_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show what was discarded in the last 30 days, the newest first; searched by sender and subject."""
    mailbox = get_mailbox(request, mailbox_id)
    rows = Message.objects.filter(mailbox=mailbox).discarded().for_list().order_by("-discarded_at", "-id")
    # A NUL can be in no text of the database.
    search = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
    if search:
        sender = Q(from_name__icontains=search) | Q(from_address__icontains=search)
        rows = rows.filter(sender | Q(subject__icontains=search))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = section(request, mailbox, page=page, search=search, days=KEPT.days)
    return render(request, "mailboxes/mail/discarded.html", context)


@requires(Permission.READ_MAIL)
@require_POST
def take_in(request: TenantRequest, discarded_message_id: uuid.UUID) -> HttpResponse:
    """Take a discarded message in after all."""
    message = message_of(request, discarded_message_id)
    if discarding.take_in(message):
        messages.success(request, "The message is taken in. It appears in the inbox within a minute.")
    else:
        messages.info(request, "The message is not discarded: somebody else took it in, or its time was over.")
    return redirect("mailboxes:discarded-list", message.mailbox_id)
