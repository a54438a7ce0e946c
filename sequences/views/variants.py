"""The texts of a step."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.editing.outline import steps_of, thread_before
from sequences.editing.servers import offer_to
from sequences.editing.steps import StepRefused
from sequences.editing.variants import MOST_VARIANTS, add_variant, remove_variant, was_sent
from sequences.forms.steps import VariantForm
from sequences.models import Step, Variant
from sequences.running.accounts import Account
from sequences.views.lookups import sequence_of
from sequences.views.steps import step_of

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@require_POST
def variant_add(request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Add another text to a step, to try which is answered more."""
    step = step_of(sequence_of(request, sequence_id), step_id)
    try:
        variant = add_variant(step, now=clock.now())
    except StepRefused as refused:
        messages.error(request, str(refused))
        return redirect("sequences:sequence-detail", step.sequence_id)
    messages.success(request, f"Text {variant.label} begins as a copy. Change what you want to try.")
    return redirect("sequences:variant-change", step.sequence_id, step.pk, variant.pk)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def variant_change(
    request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID, variant_id: uuid.UUID
) -> HttpResponse:
    """Change what a text says; who has got it already keeps what it said then."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    variant = _variant_of(step_of(sequence, step_id), variant_id)
    account = Account.load(sequence.tenant_id)
    form = VariantForm(variant, account.merge_fields(), request.POST if request.method == "POST" else None)
    if form.is_valid() and form.save(now=now):
        messages.success(request, "Saved. Whoever has got this mail keeps it as it was.")
        return redirect("sequences:sequence-detail", sequence.pk)
    lines = steps_of(sequence)
    context = {
        "sequence": sequence,
        "step": variant.step,
        "variant": variant,
        "line": next((one for one in lines if one.step.pk == step_id), None),
        "lines": lines,
        "thread": thread_before(lines, variant.step.position),
        "form": form,
        "fields": account.merge_fields(),
        "most_variants": MOST_VARIANTS,
        "offer": offer_to(request.principal.membership, now=now),
    }
    return render(request, "sequences/steps/change.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def variant_remove(
    request: TenantRequest, sequence_id: uuid.UUID, step_id: uuid.UUID, variant_id: uuid.UUID
) -> HttpResponse:
    """Delete a text, or switch it off where reports tell of it."""
    sequence = sequence_of(request, sequence_id)
    variant = _variant_of(step_of(sequence, step_id), variant_id)
    refusal = ""
    if request.method == "POST":
        try:
            is_gone = remove_variant(variant, now=clock.now())
        except StepRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Text {variant.label} was {'deleted' if is_gone else 'switched off'}.")
            return redirect("sequences:sequence-detail", sequence.pk)
    context = {
        "sequence": sequence,
        "step": variant.step,
        "variant": variant,
        "was_sent": was_sent(variant),
        "refusal": refusal,
    }
    return render(request, "sequences/steps/remove_text.html", context, status=_INVALID if refusal else 200)


def _variant_of(step: Step, variant_id: uuid.UUID) -> Variant:
    found: Variant = get_object_or_404(Variant.objects.select_related("step__sequence"), pk=variant_id, step=step)
    return found
