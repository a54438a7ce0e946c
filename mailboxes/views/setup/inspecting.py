"""Explains any message to administrators, without storing it (SPEC I7)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mailboxes.classifying import Kind
from mailboxes.classifying.kinds import FailedRecipient, Reason
from mailboxes.explaining import ReportedRecipient, reported
from mailboxes.forms.inspecting import InspectForm
from mailboxes.inspecting import inspect
from mailboxes.models import Mailbox
from mailboxes.parsing import Unreadable
from mailboxes.rehearsing import rehearse
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

# Of a long text the page shows so many characters.
MAX_SHOWN = 64 * 1024


@requires(Permission.MANAGE_ACCOUNT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def message_inspect(request: TenantRequest) -> HttpResponse:
    """Say what would happen to a mail that is uploaded or pasted; nothing of it is kept."""
    mailboxes = Mailbox.objects.visible_to(request.principal.membership)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = InspectForm(*data, mailboxes=mailboxes)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            context |= _explained(form.cleaned_data["raw"], form.cleaned_data["mailbox"])
        except Unreadable as reason:
            form.add_error(
                None, f"This message cannot be taken apart, so it would be kept whole as unreadable: {reason}"
            )
    is_refused = form.is_bound and not form.is_valid()
    return render(request, "mailboxes/setup/message_inspect.html", context, status=422 if is_refused else 200)


def _explained(raw: bytes, mailbox: Mailbox | None) -> dict[str, Any]:
    found = inspect(raw)
    context: dict[str, Any] = {
        "mail": found,
        "kind": Kind(found["kind"]).label,
        "failures": [_reported(one, is_delay=found["kind"] == Kind.DELAYED) for one in found["recipients"]],
        "texts": [(title, *_beginning(found[name])) for title, name in _TEXTS if found[name]],
    }
    if mailbox is not None:
        context["rehearsal"] = rehearse(mailbox, raw, now=clock.now())
    return context


def _reported(recipient: dict[str, Any], *, is_delay: bool) -> ReportedRecipient:
    row = FailedRecipient(
        address=recipient["address"],
        is_permanent=recipient["permanent"],
        status=recipient["status"],
        reason=Reason(recipient["reason"]),
        diagnostic=recipient["diagnostic"],
    )
    return reported(row, is_delay=is_delay)


def _beginning(text: str) -> tuple[str, bool]:
    """Return what the page shows of a text, and whether that is only its beginning."""
    return text[:MAX_SHOWN], len(text) > MAX_SHOWN


# The sanitised HTML is shown as its source: a frame needs an address, and nothing of this mail is kept to be at one.
_TEXTS = (("New text", "reply_text"), ("Whole text", "text"), ("HTML as it would be shown", "html"))
