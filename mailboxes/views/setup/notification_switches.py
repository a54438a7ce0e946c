"""How a person wants to be told of what."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes.forms.notification_switches import SwitchesForm
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@require_http_methods(["GET", "HEAD", "POST"])
def notification_switches(request: TenantRequest) -> HttpResponse:
    """Show the switches, and save them as soon as one is turned."""
    form = SwitchesForm(request.principal.membership, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204)
        messages.success(request, "Saved.")
        return redirect("mailboxes:notification-switches")
    return render(request, "mailboxes/notifications/switches.html", {"form": form})
