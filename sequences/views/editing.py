"""A new sequence, what is set for one as a whole, and its copy and its end."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes.forms.saving import saved
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.editing import deleting
from sequences.editing.sequences import on_other_servers, under_way
from sequences.editing.servers import offer_to
from sequences.forms.editing import CopyForm, DeleteSequenceForm, SequenceForm, SequenceSettingsForm
from sequences.models import Sequence
from sequences.views.lookups import sequence_of

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_add(request: TenantRequest) -> HttpResponse:
    """Begin a sequence: its name, and the server that its mails go through."""
    membership, now = request.principal.membership, clock.now()
    form = SequenceForm(offer_to(membership, now=now), request.POST if request.method == "POST" else None)
    made: list[Sequence] = []
    if form.is_valid() and saved(form, lambda: made.append(form.add(by=membership, now=now))):
        messages.success(request, "Now write the first mail.")
        return redirect("sequences:step-add", made[-1].pk)
    context = {"form": form, "may_manage": request.principal.may(Permission.MANAGE_MAILBOXES)}
    return render(request, "sequences/add.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_settings(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Change what is set for a sequence as a whole."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    offer = offer_to(request.principal.membership, now=now)
    form = SequenceSettingsForm(offer, request.POST if request.method == "POST" else None, sequence=sequence)
    if form.is_valid() and saved(form, lambda: form.save(now=now)):
        after = sequence.refreshed()
        kept = on_other_servers(after) if after.server_id != sequence.server_id else 0
        messages.success(request, f"Saved.{_kept_in_words(kept)}")
        return redirect("sequences:sequence-settings", sequence.pk)
    context = {
        "sequence": sequence,
        "form": form,
        "may_manage": request.principal.may(Permission.MANAGE_MAILBOXES),
        "under_way": under_way(sequence),
        "elsewhere": on_other_servers(sequence),
    }
    return render(request, "sequences/settings.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_copy(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Make a draft with the same steps and settings."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    form = CopyForm(sequence, request.POST if request.method == "POST" else None)
    made: list[Sequence] = []
    if form.is_valid() and saved(form, lambda: made.append(form.save(by=request.principal.membership, now=now))):
        messages.success(request, f"This is a copy of {sequence.name}. It is a draft, and has no contacts.")
        return redirect("sequences:sequence-detail", made[-1].pk)
    context = {"sequence": sequence, "form": form, "step_count": sequence.steps.filter(removed_at=None).count()}
    return render(request, "sequences/copy.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def sequence_delete(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Delete a sequence after saying what goes with it."""
    sequence = sequence_of(request, sequence_id)
    form = DeleteSequenceForm(sequence, request.POST if request.method == "POST" else None)
    if form.is_valid():
        obstacle = deleting.delete_sequence(sequence, now=clock.now())
        if not obstacle:
            messages.success(request, f"{sequence.name} was deleted.")
            return redirect("sequences:sequence-list")
        form.add_error(None, obstacle)
    context = {
        "sequence": sequence,
        "form": form,
        "obstacle": deleting.obstacle_to(sequence),
        "goes": deleting.what_goes_with(sequence),
    }
    return render(request, "sequences/delete.html", context, status=_INVALID if form.is_bound else 200)


def _kept_in_words(kept: int) -> str:
    if not kept:
        return ""
    who = "One contact keeps the outgoing server that it has" if kept == 1 else f"{kept:,} contacts keep their server"
    return f" {who}; whoever is added from now on goes through this one."
