"""Who may use a mailbox, and which mailboxes a person may use: the same grants from both sides (SPEC T2)."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from billing import features
from billing.models import Feature
from mailboxes import permitting
from mailboxes.forms.people import SEARCH_LENGTH, PeopleForm, PersonAccessForm
from mailboxes.models import Mailbox, MailboxAccess
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub.tenancy.access import requires
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

PAGE_SIZE = 100
# From so many on, there is a field to search.
MANY = 12


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_people(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show and change who may use a mailbox."""
    mailbox = get_mailbox(request, mailbox_id)
    members = permitting.members_of(mailbox.tenant_id)
    form = PeopleForm(members, request.POST if request.method == "POST" else None)
    if form.is_valid() and _people_saved(form, mailbox):
        messages.success(request, f"Saved who may use {mailbox}.")
        return redirect("mailboxes:mailbox-people", mailbox.pk)
    page, search = _page(request, members, Q(user__name__icontains=_search(request)) | _by_address(request))
    context = section(
        request,
        mailbox,
        form=form,
        page=page,
        search=search,
        is_many=members.count() > MANY,
        granted=set(MailboxAccess.objects.filter(mailbox=mailbox).values_list("membership_id", flat=True)),
        always=list(permitting.people_with_every_mailbox(mailbox.tenant_id)),
        locked="" if permitting.may_change(mailbox) else _explanation(mailbox),
    )
    return render(request, "mailboxes/setup/people.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def person_access(request: TenantRequest, person_id: uuid.UUID) -> HttpResponse:
    """Show and change which mailboxes a person may use."""
    people = Membership.objects.filter(tenant=request.principal.tenant).select_related("user")
    person = get_object_or_404(people, pk=person_id)
    mailboxes = Mailbox.objects.visible_to(request.principal.membership).select_related("subscription__plan")
    form = PersonAccessForm(_editable(person, mailboxes), request.POST if request.method == "POST" else None)
    if form.is_valid() and _access_saved(form, person):
        messages.success(request, f"Saved which mailboxes {person.user} may use.")
        return redirect("mailboxes:person-access", person.pk)
    page, search = _page(request, mailboxes, Q(name__icontains=_search(request)))
    context: dict[str, Any] = {
        "person": person,
        "form": form,
        "page": page,
        "search": search,
        "is_many": mailboxes.count() > MANY,
        "granted": set(MailboxAccess.objects.filter(membership=person).values_list("mailbox_id", flat=True)),
        "locked": _first_explanation(page),
        "feature": Feature.PERSON_PERMISSIONS,
    }
    return render(request, "mailboxes/setup/person_access.html", context, status=422 if form.is_bound else 200)


def _people_saved(form: PeopleForm, mailbox: Mailbox) -> bool:
    chosen = form.cleaned_data
    try:
        permitting.set_people(mailbox, is_open=chosen["is_open"], shown=chosen["shown"], granted=chosen["people"])
    except permitting.PermissionsLocked as error:
        form.add_error(None, str(error))
        return False
    return True


def _access_saved(form: PersonAccessForm, person: Membership) -> bool:
    chosen = form.cleaned_data
    try:
        permitting.set_mailboxes(person, shown=chosen["shown"], granted=chosen["mailboxes"])
    except permitting.PermissionsLocked as error:
        form.add_error(None, str(error))
        return False
    return True


def _editable(person: Membership, mailboxes: QuerySet[Mailbox]) -> QuerySet[Mailbox]:
    """The mailboxes for which a grant means something: owners and administrators use all, everyone the open ones."""
    return mailboxes.none() if person.sees_every_mailbox else mailboxes.filter(is_open=False)


def _page(request: TenantRequest, rows: QuerySet[Any], matching: Q) -> tuple[Page[Any], str]:
    search = _search(request)
    return Paginator(rows.filter(matching) if search else rows, PAGE_SIZE).get_page(request.GET.get("page")), search


def _search(request: TenantRequest) -> str:
    # A NUL can be in no text of the database.
    return request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]


def _by_address(request: TenantRequest) -> Q:
    return Q(user__email__icontains=_search(request))


def _explanation(mailbox: Mailbox) -> str:
    return features.explain_lack(mailbox.subscription, Feature.PERSON_PERMISSIONS)


def _first_explanation(page: Page[Mailbox]) -> str:
    """Return why some of the mailboxes cannot be changed; "" where all can."""
    lacking = next((one for one in page.object_list if not permitting.may_change(one)), None)
    return _explanation(lacking) if lacking else ""
