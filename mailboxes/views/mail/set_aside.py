"""Messages that are stored but could not be read or processed: why, and once more."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes import receiving, setting_aside, tasks
from mailboxes.models import Message
from mailboxes.views.mail.lookups import message_of
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def set_aside_list(request: TenantRequest) -> HttpResponse:
    """Show what is set aside, by the error that it failed with, the newest first."""
    rows = setting_aside.put_aside(request.principal.membership).defer("sealed_body", "trace")
    newest = list(rows.select_related("mailbox").order_by("-id")[: setting_aside.MOST_LISTED + 1])
    context = {
        "groups": setting_aside.groups_of(newest[: setting_aside.MOST_LISTED]),
        "has_more": len(newest) > setting_aside.MOST_LISTED,
        "may_replay": request.principal.may(Permission.MANAGE_MAILBOXES),
    }
    return render(request, "mailboxes/mail/set_aside.html", context)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def replay(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Put a message that was set aside in front of the pipeline again."""
    message = message_of(request, message_id)
    receiving.replay(message)
    tasks.receive.ring(message.tenant_id, message.mailbox_id)
    messages.success(request, "The message is processed again. It appears in the inbox, or here once more.")
    return redirect("mailboxes:message-list-set-aside")


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def replay_alike(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Put everything that failed as this message did in front of the pipeline again."""
    message = message_of(request, message_id)
    if message.state not in Message.PUT_ASIDE:
        messages.info(request, "Somebody has this message processed again already.")
        return redirect("mailboxes:message-list-set-aside")
    counts = setting_aside.replay_alike(message, request.principal.membership)
    for mailbox_id in counts:
        tasks.receive.ring(message.tenant_id, mailbox_id)
    count = sum(counts.values())
    messages.success(request, f"{count} message{'' if count == 1 else 's'} processed again.")
    return redirect("mailboxes:message-list-set-aside")
