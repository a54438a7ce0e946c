"""The autoresponder of a mailbox, and what automatic mail it sent or did not (SPEC M26)."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes import templating
from mailboxes.forms.autoresponders import AutoresponderForm
from mailboxes.merging import AUTOMATIC_FIELDS
from mailboxes.models import AutomaticMail, Autoresponder, Mailbox
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# The newest of them, in the list below the form.
SHOWN = 50


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def autoresponder_change(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Switch the autoresponder, choose or write what it answers, and see what went out."""
    mailbox = get_mailbox(request, mailbox_id)
    stored = Autoresponder.objects.filter(mailbox=mailbox).select_related("template").first()
    autoresponder = stored or Autoresponder(tenant_id=mailbox.tenant_id, mailbox=mailbox)
    stopped = (autoresponder.stopped_at, autoresponder.stopped_because)
    form = AutoresponderForm(autoresponder, request.POST if request.method == "POST" else None)
    if form.is_valid():
        _save(mailbox, autoresponder, form)
        said = "New conversations are answered." if autoresponder.is_active else "The autoresponder is off."
        messages.success(request, said)
        return redirect("mailboxes:autoresponder-change", mailbox.pk)
    context = section(
        request,
        mailbox,
        form=form,
        stopped_at=stopped[0],
        stopped_because=stopped[1],
        answers_mail=mailbox.kind == Mailbox.Kind.SERVICE,
        fields=AUTOMATIC_FIELDS,
        automatic_mails=_newest(mailbox),
    )
    return render(request, "mailboxes/setup/autoresponder.html", context, status=422 if form.is_bound else 200)


def _save(mailbox: Mailbox, autoresponder: Autoresponder, form: AutoresponderForm) -> None:
    values = form.cleaned_data
    with transaction.atomic():
        autoresponder.is_active, autoresponder.template = values["is_active"], values["template"]
        if form.is_written_here:
            autoresponder.template = templating.add_for(
                mailbox, subject=values["subject"], html=values["html"], now=clock.now()
            )
        # A person has looked at it: what the loop guard had against it is settled.
        autoresponder.stopped_at, autoresponder.stopped_because = None, ""
        autoresponder.save()


def _newest(mailbox: Mailbox) -> list[AutomaticMail]:
    rows = AutomaticMail.objects.filter(mailbox=mailbox).select_related("trigger", "outgoing_message")
    return list(rows.defer("trigger__sealed_body", "trigger__trace").order_by("-created_at", "-id")[:SHOWN])
