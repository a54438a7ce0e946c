"""The people of an account: who they are, what they may do, and the end of it."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailhub import clock
from mailhub.people import letters, members
from mailhub.people.forms import RoleForm
from mailhub.tenancy.access import requires
from mailhub.tenancy.inviting import open_invitations
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission, Role
from mailhub.tenancy.principal import TenantRequest

PEOPLE_ON_A_PAGE = 100


@requires(Permission.MANAGE_PEOPLE)
@require_safe
def person_list(request: TenantRequest) -> HttpResponse:
    """List people, owners and administrators first, and who was invited."""
    now = clock.now()
    page = Paginator(members.people_of(request.principal.tenant), PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    invitations = [(one, one.is_over(now=now)) for one in open_invitations()]
    return render(request, "people/list.html", {"page": page, "invitations": invitations})


@requires(Permission.MANAGE_PEOPLE)
@require_safe
def person_detail(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Show a person and what can be done about them."""
    return _page_of(request, _get_person(request, person_id))


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def person_role(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Give a person another role."""
    person = _get_person(request, person_id)
    by = request.principal.membership
    form = RoleForm(request.POST, by=by)
    if not form.is_valid():
        return _page_of(request, person, form=form, status=422)
    role = Role(form.cleaned_data["role"])
    return _done(
        request,
        person,
        lambda: members.change_role(person, role, by=by),
        f"{person.user} is {'an' if role != Role.MEMBER else 'a'} {role.label.lower()} now.",
    )


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def person_deactivate(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """End a person's access at once, and keep all else."""
    person = _get_person(request, person_id)
    by = request.principal.membership
    said = f"{person.user} has no access any more. Everything else of them is kept."
    return _done(request, person, lambda: members.deactivate(person, by=by), said)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def person_reactivate(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Give a deactivated person their access back."""
    person = _get_person(request, person_id)
    by = request.principal.membership
    return _done(request, person, lambda: members.reactivate(person, by=by), f"{person.user} has access again.")


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def person_reset_second_factor(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Delete the second factors of a person who lost them, and tell them by mail."""
    person = _get_person(request, person_id)
    by = request.principal.membership

    def reset() -> None:
        members.reset_second_factor(person, by=by)
        letters.tell_of_reset(person, by=by)

    said = (
        f"{person.user} signs in with the password alone until they set two-factor sign-in up again. We wrote to them."
    )
    return _done(request, person, reset, said)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def person_remove(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Say what goes with a person and what stays; take them out once that is confirmed."""
    person = _get_person(request, person_id)
    by = request.principal.membership
    if request.method != "POST":
        context = {"person": person, "may_change": members.may_change(person, by=by)}
        return render(request, "people/remove.html", context)
    try:
        members.remove(person, by=by)
    except members.Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("people:person-detail", person.pk)
    messages.success(request, f"{person.user} is not in this account any more.")
    return redirect("people:person-list")


def _get_person(request: TenantRequest, person_id: uuid.UUID) -> Membership:
    """Return a person of the account; a person of another one is not found."""
    return get_object_or_404(members.people_of(request.principal.tenant), pk=person_id)


def _page_of(
    request: TenantRequest, person: Membership, *, form: RoleForm | None = None, status: int = 200
) -> HttpResponse:
    by = request.principal.membership
    context = {
        "person": person,
        "form": form or RoleForm(initial={"role": person.role}, by=by),
        "may_change": members.may_change(person, by=by),
        "is_self": person.pk == by.pk,
    }
    return render(request, "people/detail.html", context, status=status)


def _done(request: TenantRequest, person: Membership, act: Callable[[], None], said: str) -> HttpResponse:
    """Do it, say so or why not, and show the person again."""
    try:
        act()
    except members.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("people:person-detail", person.pk)
