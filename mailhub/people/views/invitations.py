"""Invitations: sent by owners and administrators, accepted by whoever got the mail."""

import uuid

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mailhub import clock
from mailhub.people import known_browsers, letters
from mailhub.people.adapters import RETURN_TO
from mailhub.people.forms import InviteForm, JoinForm, already_here
from mailhub.tenancy import inviting
from mailhub.tenancy.access import public, requires
from mailhub.tenancy.accounts import has_person
from mailhub.tenancy.models import Invitation, Membership, User
from mailhub.tenancy.permissions import Permission, Role
from mailhub.tenancy.principal import SESSION_KEY, TenantRequest


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_add(request: TenantRequest) -> HttpResponse:
    """Invite people by their addresses; one that is invited already gets a new link."""
    by = request.principal.membership
    form = InviteForm(request.POST or None, by=by)
    if not form.is_valid():
        return render(request, "people/invite.html", {"form": form}, status=422 if form.is_bound else 200)
    limited = ratelimit.consume_or_429(request, action="invite")
    if limited is not None:
        return limited
    addresses, role = form.cleaned_data["addresses"], Role(form.cleaned_data["role"])
    for address in addresses:
        try:
            invited = inviting.invite(address, role, by=by, now=clock.now())
        except inviting.MemberAlready as error:
            messages.warning(request, already_here(error.membership))
            continue
        letters.send_invitation(invited, by=by)
        messages.success(request, f"Invitation sent to {address}.")
    return redirect("people:person-list")


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def invitation_resend(request: TenantRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Send a new link; the former one is over."""
    invitation = _get_open(invitation_id)
    limited = ratelimit.consume_or_429(request, action="invite")
    if limited is not None:
        return limited
    by = request.principal.membership
    try:
        letters.send_invitation(inviting.resend(invitation, by=by, now=clock.now()), by=by)
    except (inviting.InvitationOver, inviting.RoleRefused) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"A new link is on its way to {invitation.email}. Only the newest one works.")
    return redirect("people:person-list")


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def invitation_revoke(request: TenantRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Take an invitation back: its link is over."""
    invitation = _get_open(invitation_id)
    try:
        inviting.revoke(invitation, now=clock.now())
    except inviting.InvitationOver as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect("people:person-list")


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever got the mail join; any other token is not found, and tells nothing (SECURITY B130)."""
    invitation = inviting.find_invitation(token, now=clock.now())
    if invitation is None:
        raise Http404
    if request.method == "POST":
        limited = ratelimit.consume_or_429(request, action="accept_invitation")
        if limited is not None:
            return limited
    if isinstance(request.user, User):
        return _answer_signed_in(request, invitation, request.user)
    if has_person(invitation.email):
        request.session[RETURN_TO] = request.path
        return render(request, "people/join_sign_in.html", {"invitation": invitation})
    return _answer_new_person(request, invitation)


def _answer_signed_in(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if user.email != invitation.email:
        return render(request, "people/join_other.html", {"invitation": invitation})
    if request.method != "POST":
        return render(request, "people/join.html", {"invitation": invitation})
    try:
        membership = inviting.accept(invitation, user, now=clock.now())
    except inviting.InvitationOver as error:
        raise Http404 from error
    return _enter(request, membership)


def _answer_new_person(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, invitation=invitation)
    context = {"invitation": invitation, "form": form}
    if not form.is_valid():
        return render(request, "people/join_new.html", context, status=422 if form.is_bound else 200)
    try:
        membership = inviting.accept_as_new_person(
            invitation,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            time_zone=form.cleaned_data["time_zone"],
            now=clock.now(),
        )
    except inviting.InvitationOver as error:
        raise Http404 from error
    except IntegrityError:
        # Somebody has signed up with this address in between: they sign in.
        return redirect(request.path)
    get_adapter().login(request, membership.user)
    return _enter(request, membership)


def _enter(request: HttpRequest, membership: Membership) -> HttpResponse:
    request.session[SESSION_KEY] = str(membership.pk)
    messages.success(request, f"Welcome to {membership.tenant.name}.")
    response = redirect("shell:home")
    known_browsers.remember(response, membership.user.email, request=request)
    return response


def _get_open(invitation_id: uuid.UUID) -> Invitation:
    return get_object_or_404(inviting.open_invitations(), pk=invitation_id)
