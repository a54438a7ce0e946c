"""Reports: of one sequence, of all side by side, and as tables that people take with them."""

import uuid
from collections.abc import Iterable
from collections.abc import Sequence as Listed
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.exporting import Row, csv_response
from sequences.models import Sequence
from sequences.reporting.counting import Split
from sequences.reporting.exporting import day_header, day_rows, table_header, table_rows
from sequences.reporting.measures import BY_KEY
from sequences.reporting.reports import Report, report_of, report_of_all
from sequences.reporting.wishes import RANGES, SPLITS, Wish, WishForm, wish_of
from sequences.schedule.rules import zone_named
from sequences.views.lookups import sequence_of

# Beyond that nobody compares; the newest are shown.
_MOST_SEQUENCES = 500
_LINES_OF_ALL = "sent"


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def sequence_report(request: TenantRequest, sequence_id: uuid.UUID) -> HttpResponse:
    """Show what became of the mails of a sequence."""
    sequence, form = sequence_of(request, sequence_id), WishForm(request.GET)
    wish = _wish(request, form, sequence)
    report = report_of(sequence, request.principal.membership, wish)
    context = {
        **_context(form, wish, report),
        "sequence": sequence,
        "splits": [(label, wish.query(by=split.value), split == wish.split) for split, label in SPLITS.items()],
        "row_label": SPLITS[wish.split],
    }
    return render(request, "sequences/report/detail.html", context)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def sequence_report_export(request: TenantRequest, sequence_id: uuid.UUID) -> StreamingHttpResponse:
    """Let the table be downloaded, or the days with `table=days`."""
    sequence, form = sequence_of(request, sequence_id), WishForm(request.GET)
    wish = _wish(request, form, sequence)
    report = report_of(sequence, request.principal.membership, wish)
    is_days = request.GET.get("table") == "days"
    header = day_header(report) if is_days else table_header(report, SPLITS[wish.split])
    rows: Listed[Row] = list(day_rows(report) if is_days else table_rows(report))

    def batches() -> Iterable[Listed[Row]]:
        return [rows]

    name = f"{slugify(sequence.name) or 'sequence'}-{'days' if is_days else wish.split.value}-{wish.period.last}.csv"
    for_excel = request.GET.get("excel") == "1"
    return csv_response(request, sequence.tenant_id, name, header, batches, for_excel=for_excel)


@requires(Permission.USE_SEQUENCES)
@never_cache
@require_safe
def report_list(request: TenantRequest) -> HttpResponse:
    """Show all sequences that this person sees, side by side."""
    membership, form = request.principal.membership, WishForm(request.GET)
    sequences = list(Sequence.objects.visible_to(membership)[:_MOST_SEQUENCES])
    now = clock.now()
    began_at = min((one.created_at for one in sequences), default=now)
    wish = wish_of(form, began_at=began_at, now=now, zone=_zone(request), split=Split.SEQUENCE, lines=_LINES_OF_ALL)
    report = report_of_all(sequences, membership, wish)
    context = {
        **_context(form, wish, report),
        "is_new": not sequences,
        "silent_count": len(sequences) - len(report.rows),
        "row_label": "Sequence",
    }
    return render(request, "sequences/report/list.html", context)


def _wish(request: TenantRequest, form: WishForm, sequence: Sequence) -> Wish:
    return wish_of(form, began_at=sequence.created_at, now=clock.now(), zone=_zone(request))


def _zone(request: TenantRequest) -> ZoneInfo:
    return zone_named(request.principal.tenant.time_zone)


def _context(form: WishForm, wish: Wish, report: Report) -> dict[str, object]:
    choices = [("Everything", "")] if wish.split is not Split.SEQUENCE else []
    choices += [(measure.label, measure.key) for measure in report.measures]
    return {
        "form": form,
        "wish": wish,
        "report": report,
        "ranges": [(label, wish.query(range=key), key == wish.range) for key, label in RANGES.items()],
        "lines": [(label, wish.query(lines=key), key == wish.lines) for label, key in choices],
        "lines_label": BY_KEY[wish.lines].label if wish.lines else "",
        "query": wish.query(),
    }
