"""People whom the fields for recipients offer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.drafts.correspondents import completions
from mailboxes.views.mail.lookups import conversation_of, row_id
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.SEND_MAIL)
@never_cache
@require_safe
def recipient_list(request: TenantRequest) -> HttpResponse:
    """Return those whose name or address begins like `q`, among those whom this person may know."""
    conversation_id = row_id(request.GET.get("conversation", ""))
    conversation = conversation_of(request, conversation_id) if conversation_id else None
    people = completions(request.GET.get("q", ""), author=request.principal.membership, conversation=conversation)
    return render(request, "mailboxes/mail/_composer_people.html", {"people": people})
