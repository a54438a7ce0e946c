"""One received message: whole, in its frame, its headers, and why it is where it is."""

import logging
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes import receiving, tasks
from mailboxes.models import Message
from mailboxes.parsing import Unreadable, parse
from mailboxes.reading import Look, received_card
from mailboxes.showing import show_html, show_text
from mailboxes.views.mail.frames import frame_response, wanted_remote
from mailboxes.views.mail.lookups import message_of
from mailhub.lib.html import RemoteContent, TooComplex
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

log = logging.getLogger(__name__)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def detail(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show one message whole: to htmx in the place of its line, else on a page of its own."""
    message = message_of(request, message_id)
    look = Look(as_text=request.GET.get("view") == "text", with_remote=request.GET.get("remote") == "1")
    context = {"card": received_card(message, look), "conversation": message.conversation, "message": message}
    return _render_part(request, "mailboxes/mail/_received.html", context)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def frame(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Return the document that a message's frame shows: without script, and without remote pictures before consent."""
    message = message_of(request, message_id)
    remote = wanted_remote(request)
    return frame_response(request, _frame_content(message, remote), remote)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def headers(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show every header of the mail, as the sender wrote it."""
    message = message_of(request, message_id)
    context: dict[str, Any] = {"message": message, "conversation": message.conversation}
    try:
        context["headers"] = parse(message.raw()).headers
    except (Unreadable, BlobMissing) as reason:
        context["reason"] = str(reason)
    return _render_part(request, "mailboxes/mail/_headers.html", context)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def why(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Say by what evidence the message is where it is, and what each step of the pipeline did with it."""
    message = message_of(request, message_id)
    context = {
        "message": message,
        "conversation": message.conversation,
        "may_replay": _may_replay(request, message),
        "last_words": message.failure.strip().rpartition("\n")[2],
    }
    return _render_part(request, "mailboxes/mail/_why.html", context)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def replay(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Put a message that was set aside in front of the pipeline again."""
    message = message_of(request, message_id)
    receiving.replay(message)
    tasks.receive.ring(message.tenant_id, message.mailbox_id)
    messages.success(request, "The message is processed again. It appears in the inbox, or here once more.")
    return redirect("mailboxes:message-list-set-aside")


def _frame_content(message: Message, remote: RemoteContent) -> SafeString:
    body = message.body
    if body.html:
        try:
            # The sanitiser is the one place that decides what of a mail's HTML is safe.
            return mark_safe(show_html(message, body.html, remote=remote).html)  # noqa: S308
        except TooComplex as reason:
            log.info("The HTML of message %s is not shown: %s", message.pk, reason)
    return show_text(body.text).whole


def _may_replay(request: TenantRequest, message: Message) -> bool:
    is_aside = message.state in (Message.State.SET_ASIDE, Message.State.UNREADABLE)
    return is_aside and request.principal.may(Permission.MANAGE_MAILBOXES)


def _render_part(request: TenantRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return render(request, "mailboxes/mail/message.html", context | {"part": template})
