"""When a sequence sends, how much may leave, and what is expected to."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.forms.schedules import ScheduleForm, copied
from sequences.limits import standings_of
from sequences.models import SendingSettings, Sequence
from sequences.schedule.forecasting import forecast
from sequences.schedule.picturing import picture_of
from sequences.schedule.reading import ranges_of
from sequences.schedule.servers import servers_in_use
from sequences.views.lookups import sequence_of

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_schedule(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show and change the hours; with `copy`, only show what was typed with one day on the other working days too."""
    sequence = sequence_of(request, sequence_id)
    settings = SendingSettings.objects.first()
    zone_name = request.principal.tenant.time_zone
    if request.method == "POST" and "copy" in request.POST:
        typed = copied(request.POST.dict(), request.POST["copy"])
        return _schedule_page(request, sequence, settings, ScheduleForm(sequence, typed=typed, zone_name=zone_name))
    posted = request.POST if request.method == "POST" else None
    form = ScheduleForm(sequence, posted, zone_name=zone_name)
    if form.is_valid():
        is_changed = form.save(now=clock.now())
        if is_changed is not None:
            messages.success(request, _SAVED if is_changed else "Nothing was changed.")
            return redirect("sequences:sequence-schedule", sequence.pk)
    return _schedule_page(request, sequence, settings, form)


@requires(Permission.USE_SEQUENCES)
@require_safe
def sequence_schedule_forecast(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show what is expected to leave in the next 14 days; to htmx the picture alone."""
    sequence = sequence_of(request, sequence_id)
    servers = servers_in_use(sequence, request.principal.membership)
    days = forecast(sequence, now=clock.now(), through=[one.pk for one in servers])
    context = {"sequence": sequence, "picture": picture_of(days, servers)}
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"sequences/schedule/{'_forecast' if is_fragment else 'forecast'}.html", context)


def _schedule_page(
    request: TenantRequest, sequence: Sequence, settings: SendingSettings | None, form: ScheduleForm
) -> HttpResponse:
    servers = servers_in_use(sequence, request.principal.membership)
    context = {
        "sequence": sequence,
        "form": form,
        "zone_name": request.principal.tenant.time_zone,
        "standings": standings_of(servers, now=clock.now()),
        "account_skips": ranges_of(settings.skip_dates if settings is not None else []),
        "may_set_limits": request.principal.may(Permission.MANAGE_ACCOUNT),
    }
    status = _INVALID if form.is_bound else 200
    return render(request, "sequences/schedule/schedule.html", context, status=status)


_SAVED = "Saved. Who waits gets the next mail at the new hours."
