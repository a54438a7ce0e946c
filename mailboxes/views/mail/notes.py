"""Notes for colleagues: writing them, changing one's own, and whom one may name."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.forms.notes import NoteForm
from mailboxes.models import Conversation, Note
from mailboxes.notes import writing
from mailboxes.notes.mentions import Mentions, handle_of
from mailboxes.notes.writing import NoteRefused
from mailboxes.queue.people import people_of
from mailboxes.reading import note_card
from mailboxes.views.mail.lookups import conversation_of
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_INVALID = 422


@requires(Permission.READ_MAIL)
@require_POST
def write(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Add a note. What was typed comes back when it is refused."""
    conversation = conversation_of(request, conversation_id)
    form, author = NoteForm(request.POST), request.principal.membership
    if form.is_valid():
        try:
            written = writing.write_note(conversation, form.cleaned_data["text"], author=author, now=clock.now())
        except NoteRefused as reason:
            form.add_error("text", str(reason))
        else:
            return _written(request, written, "mailboxes/mail/_note_written.html", {"note_form": NoteForm()})
    context = {"conversation": conversation, "note_form": form}
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_note_form.html", context, status=_INVALID)
    return render(request, "mailboxes/mail/note.html", context, status=_INVALID)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def detail(request: TenantRequest, note_id: uuid.UUID) -> HttpResponse:
    """Show a note: to htmx in its place, else on a page of its own."""
    note = _note_of(request, note_id)
    card = note_card(note, viewer=request.principal.membership)
    context = {"card": card, "conversation": note.conversation}
    template = "_note.html" if request.headers.get("HX-Request") else "note.html"
    return render(request, f"mailboxes/mail/{template}", context)


@requires(Permission.READ_MAIL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, own_note_id: uuid.UUID) -> HttpResponse:
    """Change a note of one's own."""
    note, author = _own_note_of(request, own_note_id), request.principal.membership
    if request.method != "POST":
        return _edit_page(request, note, NoteForm(initial={"text": note.text}))
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            written = writing.change_note(note, form.cleaned_data["text"], author=author, now=clock.now())
        except NoteRefused as reason:
            form.add_error("text", str(reason))
        else:
            return _written(request, written, "mailboxes/mail/_note.html", {})
    return _edit_page(request, note, form, status=_INVALID)


@requires(Permission.READ_MAIL)
@require_POST
def delete(request: TenantRequest, own_note_id: uuid.UUID) -> HttpResponse:
    """Delete a note of one's own."""
    note, author = _own_note_of(request, own_note_id), request.principal.membership
    url = reverse("mailboxes:conversation-detail", args=[note.conversation_id])
    try:
        writing.delete_note(note, author=author)
    except NoteRefused as reason:
        messages.error(request, str(reason))
    if request.headers.get("HX-Request"):
        # Nothing takes its place.
        return HttpResponse("")
    return redirect(url)


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def colleagues(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Return who may be named in a note of this conversation: those who may see its mailbox, and nobody else."""
    conversation = conversation_of(request, conversation_id)
    people = people_of(conversation.mailbox)
    me = request.principal.membership.pk
    found = [{"name": str(one.user), "handle": handle_of(one, people)} for one in people if one.pk != me]
    return JsonResponse({"colleagues": found})


def _note_of(request: TenantRequest, note_id: uuid.UUID) -> Note:
    note: Note = get_object_or_404(_notes_seen_by(request), pk=note_id)
    return note


def _own_note_of(request: TenantRequest, note_id: uuid.UUID) -> Note:
    own = _notes_seen_by(request).filter(author=request.principal.membership)
    note: Note = get_object_or_404(own, pk=note_id)
    return note


def _notes_seen_by(request: TenantRequest) -> QuerySet[Note]:
    visible = Conversation.objects.visible_to(request.principal.membership)
    rows: QuerySet[Note] = Note.objects.filter(conversation__in=visible)
    return rows.select_related("conversation__mailbox", "author__user")


def _written(request: TenantRequest, written: writing.Written, template: str, context: dict[str, Any]) -> HttpResponse:
    words = _about(written.mentions)
    if not request.headers.get("HX-Request"):
        if words:
            messages.warning(request, words)
        return redirect(_url_of(written.note))
    card = note_card(written.note, viewer=request.principal.membership)
    context |= {"card": card, "conversation": written.note.conversation, "not_named": words}
    return render(request, template, context)


def _about(mentions: Mentions) -> str:
    """Say who was not told: whoever may not see the mailbox is like somebody who is not there (SPEC T3)."""
    if not mentions.unknown:
        return ""
    names = ", ".join(f"@{one}" for one in mentions.unknown)
    return f"Nobody who may see this mailbox is called {names}, so nobody was told by that."


def _edit_page(request: TenantRequest, note: Note, form: NoteForm, status: int = 200) -> HttpResponse:
    context = {"note": note, "note_form": form, "conversation": note.conversation}
    is_part = bool(request.headers.get("HX-Request"))
    return render(
        request, "mailboxes/mail/_note_edit.html" if is_part else "mailboxes/mail/note.html", context, status=status
    )


def _url_of(note: Note) -> str:
    return reverse("mailboxes:conversation-detail", args=[note.conversation_id]) + f"#note-{note.pk}"
