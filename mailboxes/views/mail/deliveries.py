"""Messages of ours: whole, how far they have come, and trying again."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes import outbox
from mailboxes.models import Delivery, Draft, OutgoingMessage
from mailboxes.reading import SentCard, sent_card, sent_mail
from mailboxes.showing import show_own_html, show_text
from mailboxes.views.mail.drafts import url_of
from mailboxes.views.mail.frames import frame_response, wanted_remote
from mailboxes.views.mail.lookups import filters_of, outgoing_of
from mailboxes.writing import later, rewriting
from mailhub import clock
from mailhub.lib.html import TooComplex
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_NO_SERVER = "Its outgoing server is switched off or deleted. Copy it into a new message, and choose another server."


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def outgoing_detail(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Show one message of ours whole: to htmx in the place of its line, else on a page of its own."""
    outgoing = outgoing_of(request, outgoing_message_id)
    context = {
        "card": _card(outgoing, is_open=True),
        "conversation": outgoing.conversation,
        "message": outgoing,
        "may_send": request.principal.may(Permission.SEND_MAIL),
    }
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_sent.html", context)
    return render(request, "mailboxes/mail/message.html", context | {"part": "mailboxes/mail/_sent.html"})


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def outgoing_frame(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Return the document that the frame of a message of ours shows; security mail is shown to nobody (SPEC T8)."""
    mail = sent_mail(outgoing_of(request, outgoing_message_id))
    if mail is None:
        raise Http404("The content of this message is not there any more.")
    remote = wanted_remote(request)
    try:
        # The sanitiser is the one place that decides what of a mail's HTML is safe.
        content = mark_safe(show_own_html(mail.html, remote=remote).html)  # noqa: S308
    except TooComplex:
        content = show_text(mail.text).whole
    return frame_response(request, content, remote)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def delivery_list(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Return the states of the recipients; the card asks for them until all are settled."""
    card = _card(outgoing_of(request, outgoing_message_id), is_open=False)
    context = {"card": card, "may_send": request.principal.may(Permission.SEND_MAIL)}
    return render(request, "mailboxes/mail/_deliveries.html", context)


@requires(Permission.SEND_MAIL)
@require_POST
def retry(request: TenantRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Send once more to one recipient, because a person said so; it may arrive twice."""
    delivery = _delivery_of(request, delivery_id)
    if not _may_be_sent(delivery.outgoing_message):
        messages.error(request, _NO_SERVER)
    elif not outbox.retry(delivery, now=clock.now()):
        messages.info(request, f"Nothing to send again to {delivery.recipient}: its state has changed meanwhile.")
    return _back(request, delivery.outgoing_message)


@requires(Permission.SEND_MAIL)
@require_POST
def retry_failed(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Send once more to everyone whom the message did not reach."""
    outgoing = outgoing_of(request, outgoing_message_id)
    if not _may_be_sent(outgoing):
        messages.error(request, _NO_SERVER)
    elif not outbox.retry_failed(outgoing, now=clock.now()):
        messages.info(request, "Nothing to send again: the states have changed meanwhile.")
    return _back(request, outgoing)


@requires(Permission.SEND_MAIL)
@require_POST
def mark_sent(request: TenantRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Settle as sent what was uncertain, because a person knows that it arrived."""
    delivery = _delivery_of(request, delivery_id)
    if not later.mark_sent(delivery, by=request.principal.membership, now=clock.now()):
        messages.info(request, f"It is not uncertain any more whether {delivery.recipient} has this message.")
    return _back(request, delivery.outgoing_message)


@requires(Permission.SEND_MAIL)
@require_POST
def copy(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Begin a new letter that says what this message said, for other addresses or another server."""
    outgoing = outgoing_of(request, outgoing_message_id)
    draft = rewriting.copy_into_draft(outgoing, author=request.principal.membership, now=clock.now())
    return _go_on_with(request, draft, outgoing)


@requires(Permission.SEND_MAIL)
@require_POST
def forward(request: TenantRequest, outgoing_message_id: uuid.UUID) -> HttpResponse:
    """Begin a new letter that hands a message of ours on, whole and with its files."""
    outgoing = outgoing_of(request, outgoing_message_id)
    me, zone = request.principal.membership, ZoneInfo(request.principal.user.time_zone)
    draft = rewriting.forward_in_draft(outgoing, author=me, zone=zone, now=clock.now())
    return _go_on_with(request, draft, outgoing)


def _go_on_with(request: TenantRequest, draft: Draft | None, outgoing: OutgoingMessage) -> HttpResponse:
    if draft is None:
        messages.error(request, "The content of this message is not there any more.")
        return _back(request, outgoing)
    return redirect(url_of(draft))


def _delivery_of(request: TenantRequest, delivery_id: uuid.UUID) -> Delivery:
    visible = OutgoingMessage.objects.visible_to(request.principal.membership)
    rows = Delivery.objects.filter(outgoing_message__in=visible)
    rows = rows.select_related(
        "outgoing_message__mailbox", "outgoing_message__server", "outgoing_message__conversation"
    )
    return get_object_or_404(rows, pk=delivery_id)


def _may_be_sent(outgoing: OutgoingMessage) -> bool:
    return outgoing.server is not None and outgoing.server.is_active and outgoing.mailbox.is_active


def _back(request: TenantRequest, outgoing: OutgoingMessage) -> HttpResponse:
    if outgoing.conversation_id is None:
        return redirect("mailboxes:outgoing-detail", outgoing.pk)
    query = filters_of(request).query_with(more=[("open", str(outgoing.pk))])
    url = reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id])
    return redirect(f"{url}{query}#sent-{outgoing.pk}")


def _card(outgoing: OutgoingMessage, *, is_open: bool) -> SentCard:
    return sent_card(outgoing, list(outgoing.deliveries.select_related("settled_by__user")), is_open=is_open)
