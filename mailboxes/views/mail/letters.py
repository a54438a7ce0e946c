"""Writing: new mail and replies. Whatever is refused, what was typed comes back."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mailboxes import writing
from mailboxes.composing import CompositionRefused, reply_subject
from mailboxes.forms.letters import NewLetterForm, ReplyForm
from mailboxes.models import Conversation, OutgoingMessage
from mailboxes.queue.listing import Filters
from mailboxes.reading import Look, arrived_since, newest_id, timeline
from mailboxes.views.mail.composers import (
    Composer,
    answered_message,
    new_composer,
    new_form,
    quote_for,
    reply_composer,
    reply_form,
    servers_of,
)
from mailboxes.views.mail.conversations import page_context
from mailboxes.views.mail.lookups import conversation_of, filters_of, row_id
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_INVALID, _CONFLICT = 422, 409


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: TenantRequest) -> HttpResponse:
    """Write new mail, which opens a conversation."""
    filters = filters_of(request)
    if request.method != "POST":
        composer = new_composer(request, new_form(request, filters), filters)
        return render(request, "mailboxes/mail/compose.html", {"composer": composer, "filters": filters})
    form = NewLetterForm(request.POST, request.FILES, servers=servers_of(request))
    if form.is_valid():
        letter = form.letter(subject=form.cleaned_data["subject"], quote="", written_by=request.principal.membership)
        try:
            return _sent(request, writing.send_new(letter, now=clock.now()), filters)
        except CompositionRefused as reason:
            form.add_error(None, str(reason))
        except writing.AnotherWasSent:
            form.refuse_as_used()
    composer = new_composer(request, form, filters)
    return _refused(request, composer, "mailboxes/mail/compose.html", {"filters": filters}, status=_INVALID)


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Answer in a conversation: show the composer, or send what was written."""
    conversation = conversation_of(request, conversation_id)
    filters = filters_of(request)
    if request.method == "POST":
        return _send_reply(request, conversation, filters)
    answers = answered_message(conversation, row_id(request.GET.get("answers", "")))
    form = reply_form(request, conversation, answers)
    composer = reply_composer(request, conversation, form, answers, filters)
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_composer.html", {"composer": composer, "conversation": conversation})
    context = page_context(request, conversation, filters) | {"composer": composer}
    return render(request, "mailboxes/mail/conversation.html", context)


def _send_reply(request: TenantRequest, conversation: Conversation, filters: Filters) -> HttpResponse:
    form = ReplyForm(request.POST, request.FILES, servers=servers_of(request, conversation.mailbox))
    is_valid = form.is_valid()
    answers_id = form.cleaned_data.get("answers")
    answers = answered_message(conversation, answers_id) if answers_id else None
    newer = arrived_since(conversation, form.cleaned_data.get("seen", ""))
    if is_valid:
        letter = form.letter(
            subject=reply_subject(conversation.subject),
            quote=quote_for(request, answers) if form.cleaned_data["with_quote"] else "",
            written_by=request.principal.membership,
        )
        try:
            # The same form once more is no news: a double click, a reload, or an answer of ours that got lost.
            earlier = writing.sent_before(letter, conversation)
            if earlier is not None:
                return _sent(request, earlier, filters)
            if not newer:
                return _sent(request, writing.send_reply(letter, conversation, answers, now=clock.now()), filters)
        except CompositionRefused as reason:
            form.add_error(None, str(reason))
        except writing.AnotherWasSent:
            form.refuse_as_used()
    return _reply_refused(request, conversation, form, filters, newer=newer)


def _reply_refused(
    request: TenantRequest,
    conversation: Conversation,
    form: ReplyForm,
    filters: Filters,
    *,
    newer: frozenset[uuid.UUID],
) -> HttpResponse:
    """Show the form again with all that was typed, and what came meanwhile, so that sending it now is a decision."""
    answers_id = form.cleaned_data.get("answers")
    answers = answered_message(conversation, answers_id) if answers_id else None
    arrived = []
    if newer:
        form.acknowledge(newest_id(conversation))
        shown = timeline(conversation, opened=newer, look=Look(), whole=False)
        arrived = [card for card in shown.cards if card.id in newer]
    composer = reply_composer(request, conversation, form, answers, filters, arrived=arrived)
    context = page_context(request, conversation, filters)
    status = _CONFLICT if newer and form.is_valid() else _INVALID
    return _refused(request, composer, "mailboxes/mail/conversation.html", context, status=status)


def _sent(request: TenantRequest, outgoing: OutgoingMessage, filters: Filters) -> HttpResponse:
    url = reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id])
    # Naming the message in the query makes it another address, or else the browser would only scroll.
    url += f"{filters.query_with(more=[('open', str(outgoing.pk))])}#sent-{outgoing.pk}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _refused(
    request: TenantRequest, composer: Composer, page: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    context = context | {"composer": composer}
    if request.headers.get("HX-Request"):
        # Text and files stay where they are in the browser; only what surrounds them changes.
        return render(request, "mailboxes/mail/_composer_refused.html", context, status=_INVALID)
    return render(request, page, context, status=status)
