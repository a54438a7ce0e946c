"""Templates in the composer, and the preview of a whole letter (SPEC M27)."""

import uuid
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mailboxes import merging, templating, writing
from mailboxes.addresses import Address, normalise
from mailboxes.composing import CompositionRefused
from mailboxes.forms.insertions import InsertionForm, OccasionForm
from mailboxes.merging import MergeRefused
from mailboxes.models import Conversation, Draft, ReplyTemplate
from mailboxes.openers import Closed
from mailboxes.parsing import NoSuchPart, Unreadable
from mailboxes.views.mail.composers import Occasion, answered_message, posted_form, servers_of
from mailboxes.views.mail.lookups import conversation_of, message_of
from mailboxes.views.mail.occasions import letter_of
from mailhub import clock
from mailhub.lib.html import TooComplex
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_INVALID = 422
# The picker is searched by name; whoever has more than these has to name them well.
_MOST = 500


@requires(Permission.SEND_MAIL)
@never_cache
@require_safe
def template_picker(request: TenantRequest) -> HttpResponse:
    """Return the list of the templates by name."""
    context = {
        "templates": ReplyTemplate.objects.order_by("name", "id")[:_MOST],
        "may_manage": request.principal.may(Permission.MANAGE_MAILBOXES),
    }
    return render(request, "mailboxes/mail/_template_list.html", context)


@requires(Permission.SEND_MAIL)
@require_POST
def template_insert(request: TenantRequest, reply_template_id: uuid.UUID) -> HttpResponse:
    """Return a template filled in for the letter that is being written, and what has no value there."""
    template = get_object_or_404(ReplyTemplate, pk=reply_template_id)
    form = InsertionForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"words": "This letter cannot be read as it is."}, status=_INVALID)
    try:
        inserted = templating.insertion(template, _values(request, form))
    except (MergeRefused, TooComplex) as refused:
        return JsonResponse({"words": f"The template “{template}”: {refused}"}, status=_INVALID)
    names = [field.name for field in inserted.unfilled]
    answer = {"subject": inserted.subject, "html": inserted.html, "text": inserted.text, "unfilled": names}
    return JsonResponse(answer | {"words": unfilled_words(names)})


@requires(Permission.SEND_MAIL)
@never_cache
@require_POST
def letter_preview(request: TenantRequest) -> HttpResponse:
    """Show the letter exactly as it would be sent now: with signatures, and with what it quotes."""
    occasion = _occasion(request)
    form = posted_form(request, occasion)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        try:
            letter = letter_of(request, form, occasion)
            mail = writing.preview(letter, occasion.conversation, occasion.answers, now=clock.now())
            fields = merging.unfilled(f"{letter.subject}\n{letter.text}")
            context |= {"preview": mail, "letter": letter, "unfilled_words": unfilled_words(fields)}
        except CompositionRefused as refused:
            form.add_error(None, str(refused))
        except (BlobMissing, Closed, NoSuchPart, Unreadable):
            form.add_error("attachments", "A file is not there any more. Remove it first.")
    status = 200 if form.is_valid() else _INVALID
    return render(request, "mailboxes/mail/_whole_letter.html", context, status=status)


def unfilled_words(names: list[str]) -> str:
    """Return what is said of fields that stand in a letter as marks; "" for none."""
    if not names:
        return ""
    has = "has" if len(names) == 1 else "have"
    return f"{', '.join(names)} {has} no value here: write what belongs there before you send."


def _values(request: TenantRequest, form: InsertionForm) -> Mapping[str, str]:
    conversation_id = form.cleaned_data["conversation"]
    conversation = conversation_of(request, conversation_id) if conversation_id else None
    servers = servers_of(request, conversation.mailbox if conversation is not None else None)
    server = form.server_among(servers)
    if server is None:
        raise Http404("There is no server that you may send through.")
    return templating.letter_values(
        request.principal.membership,
        server.mailbox,
        address=server.from_address,
        contact=_contact(conversation, form.cleaned_data["to"]),
        subject=conversation.subject if conversation is not None else form.cleaned_data["subject"],
        today=clock.now().astimezone(ZoneInfo(request.principal.user.time_zone)).date(),
    )


def _contact(conversation: Conversation | None, to: tuple[Address, ...]) -> Address | None:
    """Return whom the letter speaks to: the correspondent as long as it goes to them, else the first who is named."""
    correspondent = templating.correspondent_of(conversation) if conversation is not None else None
    named = {normalise(one.addr_spec) for one in to}
    if correspondent is not None and (not to or normalise(correspondent.addr_spec) in named):
        return correspondent
    return to[0] if to else None


def _occasion(request: TenantRequest) -> Occasion:
    """Return what the letter is written for; what the person may not see is not found."""
    form = OccasionForm(request.POST)
    if not form.is_valid():
        raise Http404("No such letter.")
    kind, answers_id = form.cleaned_data["kind"] or Draft.Kind.NEW, form.cleaned_data["answers"]
    if kind == Draft.Kind.FORWARD and answers_id:
        message = message_of(request, answers_id)
        conversation_id = message.conversation_id
        return Occasion(kind, conversation_of(request, conversation_id) if conversation_id else None, message)
    if not form.cleaned_data["conversation"]:
        return Occasion()
    conversation = conversation_of(request, form.cleaned_data["conversation"])
    is_answer = kind in (Draft.Kind.REPLY, Draft.Kind.REPLY_ALL)
    answers = answered_message(conversation, answers_id) if answers_id else None
    return Occasion(kind if is_answer else Draft.Kind.REPLY, conversation, answers)
