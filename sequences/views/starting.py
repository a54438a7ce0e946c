"""Starting a sequence with its check list, pausing it, and putting it away."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.notifying import seeing
from mailhub import clock
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.models import Sequence
from sequences.starting import acting
from sequences.starting.checks import checks_of
from sequences.starting.verdicts import Verdict, worst_of
from sequences.stopping.sequences import pause_sequence
from sequences.views.lookups import sequence_of

_INVALID = 422
_State = Sequence.State


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_start(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show what was looked at, and start unless something of it stands in the way."""
    sequence, membership, now = sequence_of(request, sequence_id), request.principal.membership, clock.now()
    checks = checks_of(sequence, by=membership, now=now)
    verdict = worst_of(checks)
    may_start = verdict != Verdict.REFUSED and sequence.state in (_State.DRAFT, _State.PAUSED)
    if request.method == "POST" and may_start:
        if acting.start(sequence, by=membership, now=now):
            went_on = sequence.state == _State.PAUSED
            messages.success(request, f"“{sequence}” {'goes on' if went_on else 'has started'}.")
        return _to(sequence)
    seeing.read_at(reverse("sequences:sequence-start", args=[sequence.pk]), membership, now=now)
    context = {
        "sequence": sequence,
        "checks": checks,
        "refused_count": sum(one.verdict == Verdict.REFUSED for one in checks),
        "warning_count": sum(one.verdict == Verdict.WARNING for one in checks),
        "may_start": may_start,
    }
    status = _INVALID if request.method == "POST" else 200
    return render(request, "sequences/start.html", context, status=status)


@requires(Permission.USE_SEQUENCES)
@works_while_read_only
@require_POST
def sequence_pause(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Let nothing more leave, from now on."""
    sequence = sequence_of(request, sequence_id)
    if pause_sequence(sequence, now=clock.now()):
        messages.success(request, f"“{sequence}” pauses: nothing more leaves until you go on.")
    return _to(sequence)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_archive(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Put a sequence away, after saying who is on their way in it."""
    sequence = sequence_of(request, sequence_id)
    if request.method == "POST":
        if acting.archive(sequence, now=clock.now()):
            messages.success(request, f"“{sequence}” is in the archive.")
        return redirect("sequences:sequence-list")
    context = {"sequence": sequence, "on_their_way": acting.on_their_way(sequence)}
    return render(request, "sequences/archive.html", context)


@requires(Permission.USE_SEQUENCES)
@require_POST
def sequence_restore(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Take a sequence out of the archive; it does not start by that."""
    sequence = sequence_of(request, sequence_id)
    if acting.restore(sequence, now=clock.now()):
        messages.success(request, f"“{sequence}” is out of the archive. Nothing leaves until you start it.")
    return _to(sequence)


def _to(sequence: Sequence) -> HttpResponse:
    return redirect("sequences:sequence-detail", sequence.pk)
