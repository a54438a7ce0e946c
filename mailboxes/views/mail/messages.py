"""One received message: whole, in its frame, its headers, and why it is where it is."""

import logging
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes import reopening
from mailboxes.explaining import certainty_of, reported, sought_of, steps_of
from mailboxes.models import Message
from mailboxes.parsing import Unreadable, parse
from mailboxes.reading import Look, pictures, received_card
from mailboxes.setting_aside import last_line
from mailboxes.showing import show_html, show_text
from mailboxes.views.mail.frames import frame_response, wanted_remote
from mailboxes.views.mail.lookups import message_of
from mailhub import clock
from mailhub.lib.html import RemoteContent, TooComplex
from mailhub.tenancy.access import requires, works_while_read_only
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
    return _card(request, message, with_remote=request.GET.get("remote") == "1")


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
        "certainty": certainty_of(message),
        "sought": sought_of(message),
        "steps": steps_of(message),
        "failures": [reported(one, is_delay=one.is_delay) for one in message.reported_failures.order_by("id")],
        "may_replay": _may_replay(request, message),
        "may_try_rules": request.principal.may(Permission.MANAGE_MAILBOXES),
        "last_words": last_line(message.failure),
    }
    return _render_part(request, "mailboxes/mail/_why.html", context)


@requires(Permission.READ_MAIL)
@works_while_read_only
@require_POST
def show_pictures(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """From now on show this person the remote pictures of whom the mail is from."""
    message = message_of(request, message_id)
    pictures.consent(message, request.principal.membership, now=clock.now())
    return _shown_again(request, message)


@requires(Permission.READ_MAIL)
@works_while_read_only
@require_POST
def stop_pictures(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Ask this person again before remote pictures of the sender are shown."""
    message = message_of(request, message_id)
    pictures.revoke(message, request.principal.membership)
    return _shown_again(request, message)


@requires(Permission.READ_MAIL)
@require_POST
def reopen(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Open a signed or encrypted mail once more, with the keys and authorities that are here now."""
    message = message_of(request, message_id)
    try:
        if message.smime:
            reopening.reopen(message)
    except (Unreadable, BlobMissing) as reason:
        messages.error(request, f"The message cannot be opened: {reason}")
    return redirect(_url_of(message))


def _card(request: TenantRequest, message: Message, *, with_remote: bool) -> HttpResponse:
    trusted = pictures.consented(request.principal.membership, [message])
    look = Look(as_text=request.GET.get("view") == "text", with_remote=with_remote, has_consent=message.pk in trusted)
    context = {"card": received_card(message, look), "conversation": message.conversation, "message": message}
    return _render_part(request, "mailboxes/mail/_received.html", context)


def _shown_again(request: TenantRequest, message: Message) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _card(request, message, with_remote=False)
    return redirect(_url_of(message))


def _url_of(message: Message) -> str:
    if message.conversation_id is None:
        return reverse("mailboxes:message-detail", args=[message.pk])
    url = reverse("mailboxes:conversation-detail", args=[message.conversation_id])
    return f"{url}?open={message.pk}#message-{message.pk}"


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
    is_aside = message.state in Message.PUT_ASIDE
    return is_aside and request.principal.may(Permission.MANAGE_MAILBOXES)


def _render_part(request: TenantRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return render(request, "mailboxes/mail/message.html", context | {"part": template})
