"""The steps of a sequence: their page, and adding, moving and taking out."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.models import ReplyTemplate
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.editing.beginnings import beginning_from
from sequences.editing.outline import steps_of, thread_before
from sequences.editing.servers import offer_to
from sequences.editing.steps import (
    Direction,
    StepRefused,
    Text,
    is_in_use,
    move_step,
    passed_by,
    remove_step,
    sent_of,
    waiting_for,
)
from sequences.editing.variants import MOST_VARIANTS
from sequences.forms.steps import StepForm, WaitForm
from sequences.models import Sequence, Step
from sequences.running.accounts import Account
from sequences.views.lookups import sequence_of

_INVALID = 422
_MOST_TEMPLATES = 200


@requires(Permission.USE_SEQUENCES)
@require_safe
def sequence_detail(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show the steps in their order, and beside them the mail that a contact gets."""
    sequence = sequence_of(request, sequence_id)
    lines = steps_of(sequence)
    context = {
        "sequence": sequence,
        "lines": lines,
        "chosen_variant": request.GET.get("text", ""),
        "offer": offer_to(request.principal.membership, now=clock.now()) if lines else None,
        "units": Step.Unit.choices,
        "most_variants": MOST_VARIANTS,
    }
    return render(request, "sequences/steps/list.html", context)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def step_add(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Write another step, as the last or at a place; a template can be where it begins."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    account = Account.load(sequence.tenant_id)
    at = _place_of_new(request, sequence)
    beginning = _beginning(request)
    data = request.POST if request.method == "POST" else None
    form = StepForm(sequence, account.merge_fields(), data, at=at, beginning=beginning)
    if form.is_valid() and (step := form.save(now=now)) is not None:
        messages.success(request, f"Step {step.refreshed().position} was added.")
        return redirect("sequences:sequence-detail", sequence.pk)
    context = {
        "sequence": sequence,
        "form": form,
        "at": at,
        "thread": thread_before(steps_of(sequence), at),
        "fields": account.merge_fields(),
        "templates": ReplyTemplate.objects.order_by("name", "id")[:_MOST_TEMPLATES],
        "offer": offer_to(request.principal.membership, now=now),
    }
    return render(request, "sequences/steps/add.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def step_change(request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Change how long a step waits after the mail before."""
    sequence = sequence_of(request, sequence_id)
    step = step_of(sequence, step_id)
    form = WaitForm(step, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save(now=clock.now())
        messages.success(request, "Saved. Whoever waits for this step is planned anew.")
        return redirect("sequences:sequence-detail", sequence.pk)
    context = {"sequence": sequence, "step": step, "form": form, "waiting": waiting_for(step)}
    return render(request, "sequences/steps/wait.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_POST
def step_move(request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Let a step change places with the one before or after it; asks first where somebody would miss a mail by that."""
    sequence = sequence_of(request, sequence_id)
    step = step_of(sequence, step_id)
    wanted = request.POST.get("to", Direction.UP.value)
    if wanted not in {one.value for one in Direction}:
        raise Http404("A step is moved up or down.")
    missing = passed_by(step, Direction(wanted)) if "is_meant" not in request.POST else 0
    if missing:
        context = {"sequence": sequence, "step": step, "to": wanted, "missing": missing}
        return render(request, "sequences/steps/move.html", context, status=_INVALID)
    try:
        move_step(step, Direction(wanted), now=clock.now())
    except StepRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Moved {wanted}. The waits stayed where they were.")
    return redirect("sequences:sequence-detail", sequence.pk)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def step_remove(request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Take a step out after saying what that means for whom."""
    sequence = sequence_of(request, sequence_id)
    step = step_of(sequence, step_id)
    refusal = ""
    if request.method == "POST":
        try:
            remove_step(step, now=clock.now())
        except StepRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Step {step.position} was taken out.")
            return redirect("sequences:sequence-detail", sequence.pk)
    following = sequence.steps.filter(removed_at=None, position__gt=step.position).first()
    context = {
        "sequence": sequence,
        "step": step,
        "following": following,
        "waiting": waiting_for(step),
        "sent": sent_of(step),
        "is_in_use": is_in_use(step),
        "refusal": refusal,
    }
    return render(request, "sequences/steps/remove.html", context, status=_INVALID if refusal else 200)


def step_of(sequence: Sequence, step_id: uuid.UUID) -> Step:
    """Return a step that was not taken out; 404 for anything else."""
    rows = Step.objects.filter(sequence=sequence, removed_at=None).select_related("sequence")
    found: Step = get_object_or_404(rows, pk=step_id)
    return found


def _place_of_new(request: TenantRequest, sequence: Sequence) -> int:
    """Return where a new step is wanted, from 1; behind the last one unless something else is asked for."""
    behind_last = sequence.steps.filter(removed_at=None).count() + 1
    wanted = request.POST.get("at", "") if request.method == "POST" else request.GET.get("at", "")
    is_place = wanted.isascii() and wanted.isdigit() and len(wanted) < 5
    return min(int(wanted), behind_last) if is_place and int(wanted) > 0 else behind_last


def _beginning(request: TenantRequest) -> Text | None:
    try:
        template_id = uuid.UUID(request.GET.get("template", ""))
    except ValueError:
        return None
    template = ReplyTemplate.objects.filter(pk=template_id).first()
    return beginning_from(template) if template is not None else None
