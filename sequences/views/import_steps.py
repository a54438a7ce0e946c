"""The steps of an import of contacts: its columns, the trial, the run, and undoing."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.access import requires
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences import tasks
from sequences.contacts import fields as own_fields
from sequences.contacts import lists
from sequences.forms.imports import ColumnsForm, ShapeForm
from sequences.importing import showing, starting
from sequences.importing.files import PREVIEW_ROWS, FileRefused, read_table
from sequences.importing.reading import FileUnreadable
from sequences.models import ContactImport
from sequences.views.imports import import_of

_INVALID = 422
_State = ContactImport.State
_OPEN = (_State.UPLOADED, _State.TRIED, _State.FAILED)
_TOO_LATE = "This import is at another step already: somebody else was faster."


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Choose what each column holds, then have the file tried."""
    one = import_of(contact_import_id)
    if one.state not in _OPEN or not one.raw_sha256:
        return redirect("sequences:import-detail", one.pk)
    may_add = request.principal.may(Permission.MANAGE_ACCOUNT)
    form = ColumnsForm(request.POST if request.method == "POST" else None, contact_import=one, may_add_fields=may_add)
    if form.is_valid():
        return _try_out(request, one, form)
    shape = ShapeForm(initial={"encoding": one.encoding, "delimiter": one.delimiter, "has_header": one.has_header})
    try:
        samples = showing.preview_of(one, PREVIEW_ROWS)
    except (BlobMissing, FileUnreadable):
        messages.error(request, "The file is not there any more. Upload it again.")
        return redirect("sequences:import-add")
    columns = [(*column, sample) for column, sample in zip(form.columns(), samples, strict=True)]
    context = {"one": one, "form": form, "shape": shape, "columns": columns, "may_add": may_add}
    return render(request, "sequences/imports/columns.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_shape(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Read the file in another encoding, with another delimiter, or with its first row as one like the others."""
    one = import_of(contact_import_id)
    form = ShapeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how the file is read from what is offered.")
        return redirect("sequences:import-columns", one.pk)
    if one.state not in _OPEN or not one.raw_sha256:
        return _answer(request, one, has_begun=False)
    try:
        table = read_table(blobs.get(one.tenant_id, one.raw_sha256), form.shape())
    except FileRefused as refused:
        messages.error(request, f"Read that way it is no table. {refused}")
    except BlobMissing:
        messages.error(request, "The file is not there any more. Upload it again.")
    else:
        if not starting.reshape(one, table):
            messages.info(request, _TOO_LATE)
    return redirect("sequences:import-columns", one.pk)


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_run(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Import what was tried."""
    return _begin(request, contact_import_id, starting.run)


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_stop(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Stop a run where it is."""
    one = import_of(contact_import_id)
    return _answer(request, one, has_begun=starting.stop(one, by=request.principal.membership))


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_go_on(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Go on where an import failed or was stopped."""
    return _begin(request, contact_import_id, starting.go_on)


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_undo(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Take back what an import wrote."""
    return _begin(request, contact_import_id, starting.undo)


@requires(Permission.USE_SEQUENCES)
@require_POST
def import_discard(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Forget an import that has written nothing."""
    one = import_of(contact_import_id)
    if not starting.discard(one):
        return _answer(request, one, has_begun=False)
    messages.success(request, f"{one.filename} is forgotten. Nothing of it was imported.")
    return redirect("sequences:import-list")


def _try_out(request: TenantRequest, one: ContactImport, form: ColumnsForm) -> HttpResponse:
    by, now = request.principal.membership, clock.now()
    values = form.cleaned_data
    with transaction.atomic():
        for _at, key, label, kind in form.new_fields():
            own_fields.add(request.principal.tenant, key=key, label=label, kind=kind, now=now)
        new_list = lists.named(values["new_list"], by=by, now=now) if values["new_list"] else None
        has_begun = starting.try_out(
            one,
            mapping=form.mapping(),
            on_duplicate=values["on_duplicate"],
            contact_list=new_list or values["contact_list"],
        )
        tasks.work_on_import.ring(one.tenant_id, one.pk)
    return _answer(request, one, has_begun=has_begun)


def _begin(
    request: TenantRequest, contact_import_id: uuid.UUID, begin: Callable[[ContactImport], bool]
) -> HttpResponse:
    one = import_of(contact_import_id)
    has_begun = begin(one)
    if has_begun:
        tasks.work_on_import.ring(one.tenant_id, one.pk)
    return _answer(request, one, has_begun=has_begun)


def _answer(request: TenantRequest, one: ContactImport, *, has_begun: bool) -> HttpResponse:
    if not has_begun:
        messages.info(request, _TOO_LATE)
    return redirect("sequences:import-detail", one.pk)
