"""A mail of a sequence before anybody gets it: shown for a contact, or sent to who writes it."""

import uuid
from typing import Any

from allauth.core import ratelimit
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.editing.examples import example_among, examples
from sequences.editing.previewing import Occasion, PreviewRefused, preview, variant_of
from sequences.editing.servers import offer_to
from sequences.editing.testing import send_test
from sequences.forms.steps import PreviewForm
from sequences.models import Contact, Sequence, Variant
from sequences.running.accounts import Account
from sequences.views.lookups import sequence_of
from servers.models import OutgoingServer

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step_preview(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show a text, stored or as it is being written, as the mail that one contact gets."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    form = _form(request, sequence)
    context: dict[str, Any] = {"sequence": sequence, "form": form}
    if form.is_valid():
        found = examples(sequence, form.cleaned_data["q"])
        contact = _contact(form, found)
        context |= {"found": found, "contact": contact, "words": form.cleaned_data["q"]}
        try:
            variant, occasion = _occasion(request, sequence, form, contact)
            gets = variant_of(variant.step, occasion.enrollment) if not variant._state.adding else None
            context |= {
                "variant": variant,
                "occasion": occasion,
                "gets": gets if gets is not None and gets.pk != variant.pk and occasion.enrollment else None,
                "preview": preview(variant, occasion, now=now),
            }
        except PreviewRefused as refused:
            form.add_error(None, str(refused))
    status = 200 if form.is_valid() else _INVALID
    return render(request, "sequences/steps/_preview.html", context, status=status)


@requires(Permission.USE_SEQUENCES)
@require_POST
def step_test(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Send what the preview shows to the person who asks for it."""
    sequence, now = sequence_of(request, sequence_id), clock.now()
    form = _form(request, sequence)
    context: dict[str, Any] = {"form": form, "address": request.principal.user.email}
    if not form.is_valid():
        return render(request, "sequences/steps/_test.html", context, status=_INVALID)
    if not ratelimit.consume(request, action="step_test", user=request.principal.user):
        form.add_error(None, "That were many tests. Wait a few minutes, then send the next one.")
        return render(request, "sequences/steps/_test.html", context, status=_INVALID)
    contact = _contact(form, examples(sequence, form.cleaned_data["q"]))
    try:
        variant, occasion = _occasion(request, sequence, form, contact)
        context["outgoing"] = send_test(variant, occasion, to=request.principal.membership, now=now)
    except PreviewRefused as refused:
        form.add_error(None, str(refused))
    return render(request, "sequences/steps/_test.html", context, status=200 if form.is_valid() else _INVALID)


def _form(request: TenantRequest, sequence: Sequence) -> PreviewForm:
    fields = Account.load(sequence.tenant_id).merge_fields()
    return PreviewForm(fields, request.POST if request.method == "POST" else request.GET)


def _contact(form: PreviewForm, found: list[Contact]) -> Contact | None:
    given = form.cleaned_data
    return example_among(found, choose=given["choose"], shown=given["contact"], is_searched=bool(given["q"]))


def _occasion(
    request: TenantRequest, sequence: Sequence, form: PreviewForm, contact: Contact | None
) -> tuple[Variant, Occasion]:
    """Return the text that is asked for, and for whom; 404 where it is none of this sequence."""
    variant = _variant(sequence, form)
    position = variant.step.position if not variant._state.adding else form.cleaned_data["at"] or 1
    viewer = request.principal.membership
    return variant, Occasion.of(sequence, contact, _server(request, form), position, viewer=viewer)


def _variant(sequence: Sequence, form: PreviewForm) -> Variant:
    rows = Variant.objects.filter(step__sequence=sequence, step__removed_at=None)
    if not form.is_being_written:
        found: Variant = get_object_or_404(rows.select_related("step"), pk=form.cleaned_data["variant"])
        return found
    return Variant(tenant_id=sequence.tenant_id, subject=form.cleaned_data["subject"], html=form.cleaned_data["html"])


def _server(request: TenantRequest, form: PreviewForm) -> OutgoingServer | None:
    wanted = form.cleaned_data["through"]
    if wanted is None:
        return None
    offered = offer_to(request.principal.membership, now=clock.now()).named(str(wanted))
    if offered is None:
        raise Http404("There is no such server.")
    return offered.server
