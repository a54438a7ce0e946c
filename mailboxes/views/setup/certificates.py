"""Certificates of the account: our own, authorities that are trusted, those of correspondents (SPEC M18)."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes import certificates
from mailboxes.forms.certificates import AuthoritiesForm, IdentityForm
from mailboxes.models import CorrespondentCertificate, SigningIdentity, TrustedAuthority
from mailboxes.views.setup.certificate_rows import row_of, rows_of_mailbox
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest

PAGE_SIZE = 50
SEARCH_LENGTH = 100


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def certificate_list(request: TenantRequest) -> HttpResponse:
    """Show the certificates of the account itself, and the authorities that it trusts."""
    now = clock.now()
    page, search = _page(request, SigningIdentity.objects.defer("private_key"), Q(address__icontains=_search(request)))
    context = {
        "page": page,
        "search": search,
        "rows": [row_of(one, now=now) for one in page.object_list],
        "authorities": [row_of(one, now=now) for one in TrustedAuthority.objects.all()],
        "correspondent_count": CorrespondentCertificate.objects.count(),
    }
    return render(request, "mailboxes/setup/certificates.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def identity_add(request: TenantRequest) -> HttpResponse:
    """Take in a certificate with its private key."""
    form = IdentityForm(*_posted(request))
    if form.is_valid() and _is_added(form, lambda: _add_identity(request, form)):
        return redirect("mailboxes:certificate-list")
    return render(request, "mailboxes/setup/identity_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def identity_delete(request: TenantRequest, identity_id: uuid.UUID) -> HttpResponse:
    """Delete a certificate of our own with its key, after saying what can then not be read."""
    identity = get_object_or_404(SigningIdentity.objects.defer("private_key"), pk=identity_id)
    if request.method == "POST":
        identity.delete()
        messages.success(request, f"The certificate of {identity.address} and its key were deleted.")
        return redirect("mailboxes:certificate-list")
    context = {"row": row_of(identity, now=clock.now())}
    return render(request, "mailboxes/setup/identity_delete.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def authority_add(request: TenantRequest) -> HttpResponse:
    """Trust further authorities."""
    form = AuthoritiesForm(*_posted(request))
    if form.is_valid() and _is_added(form, lambda: _add_authorities(request, form)):
        return redirect("mailboxes:certificate-list")
    return render(request, "mailboxes/setup/authority_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def authority_delete(request: TenantRequest, authority_id: uuid.UUID) -> HttpResponse:
    """Trust an authority no longer; what was judged before stays as it was judged."""
    authority = get_object_or_404(TrustedAuthority, pk=authority_id)
    authority.delete()
    messages.success(request, f"{authority} is not trusted any more. Mail that came before keeps what was said of it.")
    return redirect("mailboxes:certificate-list")


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def correspondent_list(request: TenantRequest) -> HttpResponse:
    """Show the certificates that came with the mail of others."""
    matching = Q(address__icontains=_search(request)) | Q(name__icontains=_search(request))
    page, search = _page(request, CorrespondentCertificate.objects.all(), matching)
    now = clock.now()
    context = {"page": page, "search": search, "rows": [row_of(one, now=now) for one in page.object_list]}
    return render(request, "mailboxes/setup/correspondents.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def correspondent_trust(request: TenantRequest, correspondent_id: uuid.UUID) -> HttpResponse:
    """Trust this very certificate, whoever issued it."""
    found = get_object_or_404(CorrespondentCertificate, pk=correspondent_id)
    CorrespondentCertificate.objects.filter(pk=found.pk).update(is_trusted=True, is_pinned=True)
    messages.success(request, f"The certificate of {found} is trusted from now on.")
    return redirect("mailboxes:correspondent-list")


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def correspondent_remove(request: TenantRequest, correspondent_id: uuid.UUID) -> HttpResponse:
    """Forget the certificate; the next signed mail brings it again."""
    found = get_object_or_404(CorrespondentCertificate, pk=correspondent_id)
    found.delete()
    messages.success(request, f"The certificate of {found} was removed.")
    return redirect("mailboxes:correspondent-list")


@requires(Permission.SEE_MAILBOXES)
@require_safe
def mailbox_certificates(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show which addresses of a mailbox have a certificate."""
    mailbox = get_mailbox(request, mailbox_id)
    rows = rows_of_mailbox(mailbox, now=clock.now())
    context = section(request, mailbox, rows=rows, may_manage_account=request.principal.may(Permission.MANAGE_ACCOUNT))
    return render(request, "mailboxes/setup/mailbox_certificates.html", context)


def _posted(request: TenantRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _is_added(form: Form, add: Callable[[], None]) -> bool:
    try:
        add()
    except certificates.TooMany as error:
        form.add_error("file", str(error))
        return False
    return True


def _add_identity(request: TenantRequest, form: IdentityForm) -> None:
    uploaded, principal = form.cleaned_data["identity"], request.principal
    added = certificates.add_identity(principal.tenant, uploaded, by=principal.membership, now=clock.now())
    if not added:
        messages.info(request, "This certificate was here already.")
        return
    addresses = ", ".join(one.address for one in added)
    messages.success(
        request, f"Certificate of {addresses} added. Encrypted mail that is here already has a button to open it."
    )


def _add_authorities(request: TenantRequest, form: AuthoritiesForm) -> None:
    found, principal = form.cleaned_data["authorities"], request.principal
    added = certificates.add_authorities(principal.tenant, found, by=principal.membership, now=clock.now())
    if not added:
        messages.info(request, "These authorities were trusted already.")
        return
    names = ", ".join(one.name for one in added[:3]) + (f" and {len(added) - 3} more" if len(added) > 3 else "")
    messages.success(request, f"Trusted from now on: {names}.")


def _page(request: TenantRequest, rows: QuerySet[Any], matching: Q) -> tuple[Any, str]:
    search = _search(request)
    return Paginator(rows.filter(matching) if search else rows, PAGE_SIZE).get_page(request.GET.get("page")), search


def _search(request: TenantRequest) -> str:
    # A NUL can be in no text of the database.
    return request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
