"""Two contacts that are one person."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailhub import clock
from mailhub.lib.headers import clean_header
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts import deleting, duplicates, merging
from sequences.models import Contact, ContactField
from sequences.views.lookups import contact_of

_INVALID = 422
_TAKE = "take-"


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_merge(request: TenantRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Choose the other one, then what stays of each, and make one of both."""
    contact = contact_of(contact_id)
    other_id = (request.POST if request.method == "POST" else request.GET).get("with", "")
    if not other_id:
        return _choose(request, contact)
    return _merge(request, contact, _other(other_id, contact))


def _choose(request: TenantRequest, contact: Contact) -> HttpResponse:
    words = " ".join(clean_header(request.GET.get("q", "")[:200]).split())
    context = {
        "contact": contact,
        "words": words,
        "found": duplicates.search(contact, words) if words else [],
        "suggestions": duplicates.suggestions(contact),
    }
    status = _INVALID if request.method == "POST" else 200
    return render(request, "sequences/contacts/merge_choose.html", context, status=status)


def _merge(request: TenantRequest, kept: Contact, gone: Contact) -> HttpResponse:
    viewer = request.principal.membership
    plan = merging.plan(kept, gone, list(ContactField.objects.all()), viewer)
    obstacle = deleting.obstacle_to(Contact.objects.filter(pk__in=[kept.pk, gone.pk]), viewer)
    if request.method == "POST" and not obstacle:
        taken = [one.name for one in plan.choices if request.POST.get(f"{_TAKE}{one.name}") == "gone"]
        try:
            merging.merge(kept, gone, taken, by=viewer, now=clock.now())
        except merging.MergeImpossible as impossible:
            obstacle = str(impossible)
        else:
            messages.success(request, f"{gone} is a part of this contact now.")
            return redirect("sequences:contact-detail", kept.pk)
    context = {"contact": kept, "plan": plan, "obstacle": obstacle}
    status = _INVALID if request.method == "POST" else 200
    return render(request, "sequences/contacts/merge.html", context, status=status)


def _other(other_id: str, contact: Contact) -> Contact:
    try:
        other = contact_of(uuid.UUID(other_id))
    except ValueError as error:
        raise Http404("No such contact.") from error
    if other.pk == contact.pk:
        raise Http404("A contact is not merged with itself.")
    return other
