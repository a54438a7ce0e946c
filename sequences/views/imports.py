"""Imports of contacts: the list, uploading, and what became of each row."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.exporting import csv_response
from sequences.forms.imports import UploadForm
from sequences.importing import showing, starting
from sequences.importing.files import FileRefused
from sequences.importing.forgetting import KEPT
from sequences.models import ContactImport, ImportRow

_INVALID = 422
_PAGE_SIZE = 50
_State = ContactImport.State
# Kind of the pill of each state (templates/ui/pill.html).
_PILLS: dict[str, str] = {
    _State.UPLOADED: "neutral",
    _State.TRYING: "waits",
    _State.TRIED: "news",
    _State.RUNNING: "waits",
    _State.DONE: "works",
    _State.UNDOING: "waits",
    _State.UNDONE: "off",
    _State.FAILED: "needs",
}
_TAKEN = (ImportRow.Outcome.CREATED, ImportRow.Outcome.CHANGED, ImportRow.Outcome.SAME)
_ROW_PILLS = {
    ImportRow.Outcome.CREATED: "news",
    ImportRow.Outcome.CHANGED: "works",
    ImportRow.Outcome.SAME: "off",
    ImportRow.Outcome.DOUBLE: "neutral",
    ImportRow.Outcome.REFUSED: "needs",
}


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def import_list(request: TenantRequest) -> HttpResponse:
    """Show the imports of the account, the newest first."""
    rows = ContactImport.objects.select_related("created_by__user", "list").order_by("-created_at", "-id")
    page = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    shown = [(one, _PILLS[one.state], showing.counts_of(one)) for one in page.object_list]
    return render(request, "sequences/imports/list.html", {"page": page, "rows": shown})


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_add(request: TenantRequest) -> HttpResponse:
    """Take a file in, and show what its columns seem to hold."""
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        file = form.cleaned_data["file"]
        by, now = request.principal.membership, clock.now()
        try:
            one = starting.take_in(form.cleaned_data["raw"], str(file.name), by=by, now=now)
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("sequences:import-columns", one.pk)
    return render(request, "sequences/imports/add.html", {"form": form}, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def import_detail(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Show how far an import is, and what became of its rows."""
    one = import_of(contact_import_id)
    if one.state == _State.UPLOADED and one.raw_sha256:
        return redirect("sequences:import-columns", one.pk)
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in (*ImportRow.Outcome.values, *showing.UNDONE_WORDS):
        raise Http404("No such outcome.")
    page = showing.row_page(one, outcome, after=_number(request.GET.get("after", "")))
    context = _progress(one) | {
        "counts": showing.counts_of(one),
        "rows": [(row, showing.words_of(row), *_pill_of(row)) for row in page.rows],
        "next_after": page.next_after,
        "outcome": outcome,
        "after": request.GET.get("after", ""),
        "is_trial": showing.is_trial(one),
        "may_undo": starting.may_undo(one),
        "may_go_on": starting.may_go_on(one),
        "importable": sum(one.counts.get(taken, 0) for taken in _TAKEN),
        "kept_until": (one.finished_at or one.created_at) + KEPT,
        "kept_days": KEPT // timedelta(days=1),
        "is_forgotten": not one.raw_sha256,
    }
    return render(request, "sequences/imports/detail.html", context)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def import_progress(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Show how far an import is; once nothing is under way, have the page show what came out."""
    one = import_of(contact_import_id)
    response = render(request, "sequences/imports/_progress.html", _progress(one))
    if one.state not in ContactImport.WORKING:
        response["HX-Refresh"] = "true"
    return response


@requires(Permission.USE_SEQUENCES)
@require_safe
def import_refused(request: TenantRequest, contact_import_id: uuid.UUID) -> HttpResponse:
    """Write the rows that were refused as CSV, each with the reason, to be put right and imported again."""
    one = import_of(contact_import_id)
    if not one.raw_sha256:
        raise Http404("The file is forgotten.")
    return csv_response(  # type: ignore[return-value]
        request,
        request.principal.tenant.pk,
        f"refused-{one.filename.rpartition('.')[0] or one.filename}.csv",
        showing.refused_header(one),
        lambda: showing.refused_batches(one),
        for_excel=request.GET.get("excel") == "1",
    )


def import_of(contact_import_id: uuid.UUID) -> ContactImport:
    rows = ContactImport.objects.select_related("created_by__user", "list")
    found: ContactImport = get_object_or_404(rows, pk=contact_import_id)
    return found


def _progress(one: ContactImport) -> dict[str, Any]:
    through, total = showing.progress_of(one)
    return {
        "one": one,
        "pill": _PILLS[one.state],
        "is_working": one.state in ContactImport.WORKING,
        "through": through,
        "total": total,
        "percent": through * 100 // total if total else 100,
    }


def _pill_of(row: ImportRow) -> tuple[str, str]:
    undone = row.after.get("undone")
    if undone:
        return ("waits" if undone == "kept" else "off"), showing.UNDONE_WORDS[undone]
    return _ROW_PILLS[ImportRow.Outcome(row.outcome)], row.get_outcome_display()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
