"""Routes of reports."""

from django.urls import URLPattern, path

from sequences.views import reports

_SEQUENCE = "sequences/<uuid:sequence_id>/"

urlpatterns: list[URLPattern] = [
    path("reports/", reports.report_list, name="report-list"),
    path(f"{_SEQUENCE}report/", reports.sequence_report, name="sequence-report"),
    path(f"{_SEQUENCE}report/export/", reports.sequence_report_export, name="sequence-report-export"),
]
