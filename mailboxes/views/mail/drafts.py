"""Drafts: saved while one types, found again in a list, discarded and taken back, and their files."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes.drafts import discarding, files, keeping, listing
from mailboxes.forms.drafts import DraftFilesForm, DraftForm
from mailboxes.models import Conversation, Draft, DraftAttachment, Message
from mailboxes.views.mail.composers import servers_of
from mailboxes.views.mail.lookups import conversation_of
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_INVALID, _CONFLICT = 422, 409


@requires(Permission.SEND_MAIL)
@never_cache
@require_safe
def draft_list(request: TenantRequest) -> HttpResponse:
    """Show what this person has begun to write."""
    rows = listing.drafts_of(request.principal.membership)
    return render(request, "mailboxes/mail/drafts.html", {"rows": rows})


@requires(Permission.SEND_MAIL)
@never_cache
@require_safe
def draft_open(request: TenantRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Lead to the composer, where the draft is."""
    return redirect(url_of(draft_of(request, draft_id)))


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def draft_save(request: TenantRequest) -> HttpResponse:
    """Keep what was typed so far. The page learns when, and whether another page wrote the same draft."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        words = "This is too long to be kept." if form.has_error("body") else "This cannot be kept as it is."
        return JsonResponse({"words": words}, status=_INVALID)
    try:
        draft = keeping.save(
            keeping.id_of(form.cleaned_data["letter_id"], author=request.principal.membership),
            _place(request, form),
            form.draft_fields(),
            author=request.principal.membership,
            page=form.page_of_draft(),
            now=clock.now(),
        )
    except keeping.ChangedElsewhere as changed:
        return JsonResponse(_other_version(request, changed.draft), status=_CONFLICT)
    except keeping.WasSent:
        words = "The letter was sent. What you write now is kept as another one."
        return JsonResponse({"words": words, "is_sent": True, "letter_id": str(new_id())}, status=_CONFLICT)
    return JsonResponse(_saved(request, draft))


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def draft_discard(request: TenantRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Remove a draft; for some minutes it can be taken back."""
    discarding.discard(draft_of(request, draft_id))
    undo_url = reverse("mailboxes:draft-restore", args=[draft_id])
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"undo": undo_url})
    if request.headers.get("HX-Request"):
        return render(request, "mailboxes/mail/_draft_discarded.html", {"undo_url": undo_url})
    return redirect("mailboxes:draft-list")


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def draft_restore(request: TenantRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Bring a discarded draft back, and lead to it."""
    draft = discarding.restore(draft_id, author=request.principal.membership)
    if draft is None:
        raise Http404("This draft is not there any more.")
    url = url_of(draft)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def attachment_add(request: TenantRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Attach files to a draft, as soon as they are chosen; the answer is the list of all."""
    draft = draft_of(request, draft_id)
    form = DraftFilesForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"words": " ".join(map(str, form.errors["attachments"]))}, status=_INVALID)
    try:
        files.attach(draft, form.uploads())
    except files.FileRefused as refused:
        return JsonResponse({"words": str(refused)}, status=_INVALID)
    return _files(request, draft)


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def attachment_remove(request: TenantRequest, draft_attachment_id: uuid.UUID) -> HttpResponse:
    """Take a file off a draft; the answer is the list of those that are left."""
    attachment = attachment_of(request, draft_attachment_id)
    draft: Draft = attachment.draft
    attachment.delete()
    return _files(request, draft) if request.headers.get("HX-Request") else redirect(url_of(draft))


def draft_of(request: TenantRequest, draft_id: uuid.UUID) -> Draft:
    """Return a draft of this person that was not sent, in a mailbox that they may use; anything else is not found."""
    rows = Draft.objects.of(request.principal.membership).unsent()
    found: Draft = get_object_or_404(rows.select_related("conversation", "answers", "mailbox"), pk=draft_id)
    return found


def attachment_of(request: TenantRequest, draft_attachment_id: uuid.UUID) -> DraftAttachment:
    """Return a file of a draft of this person; anything else is not found."""
    drafts = Draft.objects.of(request.principal.membership).unsent()
    rows = DraftAttachment.objects.filter(draft__in=drafts).select_related("draft__conversation", "draft__answers")
    found: DraftAttachment = get_object_or_404(rows, pk=draft_attachment_id)
    return found


def is_new_mail(draft: Draft) -> bool:
    """Whether a draft is in no conversation; one that hands on a message that is not there any more is not either."""
    return draft.conversation is None or (draft.kind == Draft.Kind.FORWARD and draft.answers is None)


def url_of(draft: Draft) -> str:
    """Return where a draft is gone on with: in its conversation, or on the page of new mail."""
    if is_new_mail(draft):
        return f"{reverse('mailboxes:compose')}?draft={draft.pk}"
    if draft.kind == Draft.Kind.FORWARD:
        return reverse("mailboxes:message-forward", args=[draft.answers_id])
    url = reverse("mailboxes:conversation-reply", args=[draft.conversation_id])
    return f"{url}?all=1" if draft.kind == Draft.Kind.REPLY_ALL else url


def _place(request: TenantRequest, form: DraftForm) -> keeping.Place:
    """Return where the draft belongs; a conversation or message that the person may not see is not found."""
    values = form.cleaned_data
    conversation = conversation_of(request, values["conversation"]) if values["conversation"] else None
    servers = servers_of(request, conversation.mailbox if conversation is not None else None)
    server = next((one for one in servers if str(one.pk) == values["server"]), None)
    if conversation is None:
        if not servers:
            raise Http404("There is no mailbox that you may write from.")
        server = server or servers[0]
        return keeping.Place(server.mailbox, Draft.Kind.NEW, server=server)
    answers = _answered(conversation, values["answers"])
    kind = values["kind"] if values["kind"] != Draft.Kind.NEW else Draft.Kind.REPLY
    return keeping.Place(conversation.mailbox, kind, conversation, answers, server)


def _answered(conversation: Conversation, message_id: uuid.UUID | None) -> Message | None:
    if message_id is None:
        return None
    found: Message = get_object_or_404(conversation.messages, pk=message_id)
    return found


def _saved(request: TenantRequest, draft: Draft) -> dict[str, Any]:
    zone = ZoneInfo(request.principal.user.time_zone)
    return {
        "revision": draft.revision,
        "saved": f"{draft.changed_at.astimezone(zone):%H:%M}",
        "url": url_of(draft),
        "discard": reverse("mailboxes:draft-discard", args=[draft.pk]),
        "attach": reverse("mailboxes:draft-attach", args=[draft.pk]),
    }


def _other_version(request: TenantRequest, draft: Draft) -> dict[str, Any]:
    said = _saved(request, draft)
    kept = {name: value for name, value in draft.fields.items() if name not in ("page", "count")}
    words = f"You changed this draft on another page at {said['saved']}. What you write here is not saved."
    return said | {"words": words, "letter_id": str(draft.pk), "fields": kept}


def _files(request: TenantRequest, draft: Draft) -> HttpResponse:
    return render(request, "mailboxes/mail/_draft_files.html", {"files": list(draft.attachments.all())})
