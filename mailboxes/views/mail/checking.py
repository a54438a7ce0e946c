"""What the composer tells about a letter while it is written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from mailboxes.drafts import checking, keeping
from mailboxes.forms.drafts import DraftForm
from mailboxes.forms.recipients import people_in
from mailboxes.models import Message
from mailboxes.views.mail.composers import servers_of
from mailhub import clock
from mailhub.lib.html import html_to_text
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.SEND_MAIL)
@works_while_read_only
@require_POST
def letter_check(request: TenantRequest) -> HttpResponse:
    """Answer with what is true of a letter as it is now; nothing is kept of it. What cannot be read counts as empty."""
    form = DraftForm(request.POST)
    form.full_clean()
    written = _written(request, form)
    facts = checking.facts_of(written, now=clock.now()) if written is not None else None
    return render(request, "mailboxes/mail/_draft_facts.html", {"facts": facts})


def _written(request: TenantRequest, form: DraftForm) -> checking.Written | None:
    values, author = dict.fromkeys(form.fields, "") | form.cleaned_data, request.principal.membership
    server = next((one for one in servers_of(request) if str(one.pk) == values["server"]), None)
    if server is None:
        return None
    letter_id = values["letter_id"]
    draft = keeping.find(keeping.id_of(letter_id, author=author), author=author) if letter_id else None
    has_files = (draft is not None and draft.attachments.exists()) or bool(request.POST.getlist("forwarded"))
    is_html = values["body_format"] == "html"
    return checking.Written(
        server=server,
        author=author,
        to=people_in(values["to"]),
        cc=people_in(values["cc"]),
        bcc=people_in(values["bcc"]),
        subject=values["subject"],
        text=html_to_text(values["body"]) if is_html else values["body"],
        has_files=has_files,
        answers=Message.objects.visible_to(author).filter(pk=values["answers"]).first() if values["answers"] else None,
        is_signed=bool(values["is_signed"]),
        is_encrypted=bool(values["is_encrypted"]),
        decided=values["decided"],
    )
