"""Writing: new mail, replies and forwards. Whatever is refused, what was typed comes back."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mailboxes import merging, writing
from mailboxes.composing import CompositionRefused
from mailboxes.drafts import files, keeping
from mailboxes.drafts.listing import new_mail_of
from mailboxes.forms.letters import LetterForm, ReplyForm
from mailboxes.models import Conversation, Draft, OutgoingMessage
from mailboxes.openers import Closed
from mailboxes.parsing import NoSuchPart, Unreadable
from mailboxes.protection import came_encrypted
from mailboxes.queue.filters import Filters
from mailboxes.reading import Card, Look, arrived_since, newest_id, timeline
from mailboxes.views.mail.composers import (
    Composer,
    Occasion,
    answered_message,
    begun_form,
    blank_form,
    composer_of,
    place_of,
    posted_form,
    switched_form,
)
from mailboxes.views.mail.conversations import page_context
from mailboxes.views.mail.drafts import draft_of, is_new_mail, url_of
from mailboxes.views.mail.lookups import conversation_of, filters_of, message_of, row_id
from mailboxes.views.mail.occasions import letter_of
from mailboxes.views.mail.scheduled import offer_undo
from mailboxes.writing.later import held_until
from mailboxes.writing.letters import Letter
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_INVALID, _CONFLICT = 422, 409
_WOULD_BE_CLEAR = (
    "This message came encrypted; your letter would carry its text in the clear. Encrypt the letter, leave the message "
    "out, or send it so."
)


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: TenantRequest) -> HttpResponse:
    """Write new mail, which opens a conversation; with `?draft=` go on with what was begun."""
    filters = filters_of(request)
    occasion = Occasion()
    if request.method == "POST":
        return _post(request, occasion, filters)
    draft_id = row_id(request.GET.get("draft", ""))
    if draft_id is None:
        form = blank_form(request, occasion, filters)
    else:
        draft = draft_of(request, draft_id)
        if not is_new_mail(draft):
            return redirect(url_of(draft))
        form = begun_form(request, occasion, draft, filters)
    return _show(request, composer_of(request, occasion, form, filters), filters)


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Answer in a conversation: show the composer, with what was begun, or send what was written."""
    conversation = conversation_of(request, conversation_id)
    filters = filters_of(request)
    if request.method == "POST":
        return _post(request, Occasion(Draft.Kind.REPLY, conversation), filters)
    kind = Draft.Kind.REPLY_ALL if request.GET.get("all") == "1" else Draft.Kind.REPLY
    answers = answered_message(conversation, row_id(request.GET.get("answers", "")))
    return _open(request, Occasion(kind, conversation, answers), filters)


@requires(Permission.SEND_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forward(request: TenantRequest, message_id: uuid.UUID) -> HttpResponse:
    """Hand a message on, whole and with its files, from the conversation that it is in."""
    message = message_of(request, message_id)
    if message.conversation_id is None:
        raise Http404("This message is in no conversation.")
    filters = filters_of(request)
    occasion = Occasion(Draft.Kind.FORWARD, conversation_of(request, message.conversation_id), message)
    return _post(request, occasion, filters) if request.method == "POST" else _open(request, occasion, filters)


@requires(Permission.SEND_MAIL)
@never_cache
@require_safe
def forward_newest(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Hand on the newest message that came to a conversation: show the composer."""
    conversation = conversation_of(request, conversation_id)
    newest = answered_message(conversation, None)
    if newest is None:
        raise Http404("Nothing came to this conversation that could be handed on.")
    return _open(request, Occasion(Draft.Kind.FORWARD, conversation, newest), filters_of(request))


def _open(request: TenantRequest, occasion: Occasion, filters: Filters) -> HttpResponse:
    """Show the composer with the draft that was begun in its place, else blank."""
    conversation = cast(Conversation, occasion.conversation)
    place = keeping.Place(conversation.mailbox, occasion.kind, conversation, occasion.answers)
    draft = keeping.in_place(place, author=request.principal.membership)
    form = blank_form(request, occasion, filters) if draft is None else begun_form(request, occasion, draft, filters)
    return _show(request, composer_of(request, occasion, form, filters), filters)


def _show(request: TenantRequest, composer: Composer, filters: Filters) -> HttpResponse:
    conversation = composer.occasion.conversation
    context: dict[str, Any] = {"composer": composer, "conversation": conversation, "filters": filters}
    if conversation is None:
        # Whoever begins a new letter may have meant the one that they began before.
        offered = [] if composer.form.draft else new_mail_of(request.principal.membership)
        return render(request, "mailboxes/mail/compose.html", context | {"offered": offered})
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_composer.html", context)
    return render(
        request,
        "mailboxes/mail/conversation.html",
        page_context(request, conversation, filters) | {"composer": composer},
    )


def _post(request: TenantRequest, occasion: Occasion, filters: Filters) -> HttpResponse:
    form = posted_form(request, occasion)
    is_valid = form.is_valid()
    if isinstance(form, ReplyForm):
        occasion = _answering(form, occasion)
    if request.POST.get("switch_to") and occasion.is_answer:
        return _switch(request, occasion, filters)
    newer = _newer(form, occasion)
    questions: list[str] = []
    if is_valid:
        try:
            letter = letter_of(request, form, occasion)
            # The same form once more is no news: a double click, a reload, or an answer of ours that got lost.
            earlier = writing.sent_before(letter, occasion.conversation)
            if earlier is not None:
                return _sent(request, earlier, filters)
            questions = _questions(form, letter, occasion)
            if not newer and not questions:
                return _sent(request, _send(form, letter, occasion), filters)
        except CompositionRefused as reason:
            form.add_error(None, str(reason))
        except (BlobMissing, Closed, NoSuchPart, Unreadable):
            form.add_error("attachments", "A file is not there any more. Remove it, then send again.")
        except files.FileRefused as refused:
            form.add_error("attachments", str(refused))
        except keeping.ChangedElsewhere as changed:
            _offer_to_overwrite(form, changed.draft)
        except (writing.AnotherWasSent, keeping.WasSent):
            _begin_another(request, form, occasion)
    return _refused(request, form, occasion, filters, newer=newer, questions=questions)


def _answering(form: ReplyForm, occasion: Occasion) -> Occasion:
    """Return what is answered, as the form says it."""
    conversation, answers_id = cast(Conversation, occasion.conversation), form.cleaned_data.get("answers")
    answers = answered_message(conversation, answers_id) if answers_id else None
    return Occasion(form.cleaned_data.get("kind") or Draft.Kind.REPLY, conversation, answers)


def _switch(request: TenantRequest, occasion: Occasion, filters: Filters) -> HttpResponse:
    """Answer to all instead of one, or the other way round: what was typed stays where it is."""
    is_to_all = request.POST["switch_to"] == Draft.Kind.REPLY_ALL
    wanted = replace(occasion, kind=Draft.Kind.REPLY_ALL if is_to_all else Draft.Kind.REPLY)
    composer = composer_of(request, wanted, switched_form(request, occasion, wanted, filters), filters)
    if request.headers.get("HX-Request"):
        context = {"composer": composer, "conversation": occasion.conversation, "filters": filters}
        return render(request, "mailboxes/mail/_composer_refused.html", context)
    return _show(request, composer, filters)


def _newer(form: LetterForm, occasion: Occasion) -> frozenset[uuid.UUID]:
    """Return what came to the conversation while an answer was written."""
    if not occasion.is_answer:
        return frozenset()
    return arrived_since(cast(Conversation, occasion.conversation), form.cleaned_data.get("seen", ""))


def _questions(form: LetterForm, letter: Letter, occasion: Occasion) -> list[str]:
    """Return what must be asked before this letter leaves; sending it once more is a yes."""
    questions = {}
    answers = occasion.answers
    if answers is not None and letter.quote and not letter.is_encrypted and came_encrypted(answers):
        questions["clear"] = _WOULD_BE_CLEAR
    fields = merging.unfilled(f"{letter.subject}\n{letter.text}")
    if fields:
        questions["unfilled"] = f"There is no value for {', '.join(fields)}: the letter shows the braces."
    return form.ask(questions)


def _send(form: LetterForm, letter: Letter, occasion: Occasion) -> OutgoingMessage:
    """Keep the letter as a draft, which undoing its sending finds, and submit it."""
    now = clock.now()
    _keep(form, letter, occasion)
    letter = letter if letter.send_at is not None else replace(letter, send_at=held_until(now))
    if occasion.conversation is None:
        return writing.send_new(letter, now=now)
    return writing.send_reply(letter, occasion.conversation, occasion.answers, now=now)


def _keep(form: LetterForm, letter: Letter, occasion: Occasion) -> None:
    draft = keeping.save_for_sending(
        letter.id,
        place_of(occasion, letter.server),
        form.draft_fields(),
        author=letter.written_by,
        page=form.page_of_draft,
        now=clock.now(),
    )
    if form.cleaned_data["attachments"]:
        files.attach(draft, form.cleaned_data["attachments"])
    form.draft = draft


def _offer_to_overwrite(form: LetterForm, other: Draft) -> None:
    """Say that another page wrote this letter too; sending it once more sends what stands here."""
    form.add_error(
        None,
        "You changed this letter on another page since. Nothing was sent yet. Send what stands here, or open the draft "
        "again to see the other version.",
    )
    form.change_data(revision=str(other.revision))


def _begin_another(request: TenantRequest, form: LetterForm, occasion: Occasion) -> None:
    """Let the form go on as another letter, with the files that were attached."""
    before = form.draft
    form.refuse_as_used()
    form.draft = None
    server = form.cleaned_data.get("server")
    if before is None or server is None or not before.attachments.exists():
        return
    author = request.principal.membership
    form.draft = keeping.save_for_sending(
        keeping.id_of(uuid.UUID(form.data["letter_id"]), author=author),
        place_of(occasion, server),
        form.draft_fields(),
        author=author,
        page=keeping.Page(),
        now=clock.now(),
    )
    files.copy_files(before, form.draft)
    form.change_data(revision=str(form.draft.revision))


def _refused(
    request: TenantRequest,
    form: LetterForm,
    occasion: Occasion,
    filters: Filters,
    *,
    newer: frozenset[uuid.UUID],
    questions: Sequence[str],
) -> HttpResponse:
    """Show the form again with all that was typed, and what came meanwhile, so that sending it now is a decision."""
    arrived = _arrived(form, occasion, newer)
    composer = composer_of(request, occasion, form, filters, arrived=arrived, questions=questions)
    context = {"composer": composer, "filters": filters, "conversation": occasion.conversation}
    if request.headers.get("HX-Request"):
        # Text and files stay where they are in the browser; only what surrounds them changes.
        return render(request, "mailboxes/mail/_composer_refused.html", context, status=_INVALID)
    if occasion.conversation is None:
        return render(request, "mailboxes/mail/compose.html", context, status=_INVALID)
    context = page_context(request, occasion.conversation, filters) | context
    status = _CONFLICT if newer and form.is_valid() else _INVALID
    return render(request, "mailboxes/mail/conversation.html", context, status=status)


def _arrived(form: LetterForm, occasion: Occasion, newer: frozenset[uuid.UUID]) -> Sequence[Card]:
    if not newer or not isinstance(form, ReplyForm):
        return ()
    conversation = cast(Conversation, occasion.conversation)
    form.acknowledge(newest_id(conversation))
    shown = timeline(conversation, opened=newer, look=Look(), whole=False)
    return [card for card in shown.cards if card.id in newer]


def _sent(request: TenantRequest, outgoing: OutgoingMessage, filters: Filters) -> HttpResponse:
    offer_undo(request, outgoing)
    url = reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id])
    # Naming the message in the query makes it another address, or else the browser would only scroll.
    url += f"{filters.query_with(more=[('open', str(outgoing.pk))])}#sent-{outgoing.pk}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
