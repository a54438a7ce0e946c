"""What an open conversation asks every few seconds: who else is at it, and did something come."""

import uuid
from hashlib import sha256

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from mailboxes.forms.notes import LiveForm
from mailboxes.queue import presence
from mailboxes.reading.arrivals import News, mark_of, news_since
from mailboxes.views.mail.lookups import conversation_of
from mailhub import clock
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

_NOTHING_NEW = 204


@requires(Permission.READ_MAIL)
@works_while_read_only
@never_cache
@require_POST
def live(request: TenantRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Take in that a person has a conversation open, and whether they write; say what is new, 204 for nothing.

    Who may not see it any more gets 404, as for every page of it: the browser then takes it off the screen.
    """
    conversation = conversation_of(request, conversation_id)
    form, viewer, now = LiveForm(request.POST), request.principal.membership, clock.now()
    if not form.is_valid() or form.cleaned_data["left"]:
        presence.leave(conversation, viewer)
        return HttpResponse(status=_NOTHING_NEW)
    presence.tell(conversation, viewer, is_writing=form.cleaned_data["writing"], now=now)
    news: list[News] = []
    if conversation.pk != conversation_id:
        news = [News(f"It was merged into “{conversation}”")]
    elif mark_of(conversation) != form.cleaned_data["mark"]:
        news = news_since(conversation, form.cleaned_data["mark"], viewer=viewer)
    context = {
        "conversation": conversation,
        "present": presence.others_at(conversation, viewer, now=now),
        "news": news,
    }
    html = render_to_string("mailboxes/mail/_presence.html", context, request)
    shown = sha256(html.encode()).hexdigest()[:16]
    if shown == form.cleaned_data["shown"]:
        return HttpResponse(status=_NOTHING_NEW)
    return HttpResponse(html, headers={"X-Shown": shown})
