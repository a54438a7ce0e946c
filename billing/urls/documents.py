"""Invoices and credit notes."""

from django.urls import path

from billing.views import documents

urlpatterns = [
    path("settings/plan/invoices/", documents.invoice_list, name="invoice-list"),
    path("settings/plan/invoices/<uuid:invoice_id>/", documents.invoice_detail, name="invoice-detail"),
    path("settings/plan/invoices/<uuid:invoice_id>/pdf/", documents.invoice_pdf, name="invoice-pdf"),
]
