"""What the open page asks for again and again."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailboxes.views.mail.inbox import list_context
from mailboxes.views.mail.lookups import filters_of
from mailboxes.views.mail.seeing import mailboxes_read
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def inbox_list(request: TenantRequest) -> HttpResponse:
    """Return rows and counts as they are now; nothing (204) if they are what the page shows (`seen`)."""
    with mailboxes_read(request):
        context = list_context(request, filters_of(request))
        if request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)
        return render(request, "mailboxes/mail/_rows_answer.html", context)
