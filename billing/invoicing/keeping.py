"""The PDF of a document is made once and kept: what somebody downloaded is what everybody downloads ever after."""

from __future__ import annotations

import logging

from billing.invoicing.pdf import pdf_of
from billing.models import Invoice, InvoiceLine
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)


def document_of(invoice: Invoice) -> bytes:
    """Return the PDF of a document; the first time, it is made and stored, sealed with the key of the account."""
    with tenant_scope(invoice.tenant_id):
        stored: str = Invoice.objects.values_list("pdf_blob", flat=True).get(pk=invoice.pk)
        if stored:
            try:
                return blobs.get(invoice.tenant_id, stored)
            except blobs.BlobMissing:
                # Its rows never change, so it says the same; that it was lost is for the operator to know.
                log.exception("The stored PDF of %s is missing: it is made anew.", invoice.code)
        return _make(invoice, instead_of=stored)


def file_name_of(invoice: Invoice) -> str:
    """Return what a downloaded document is called: letters, digits and dashes, whatever the prefix of numbers is."""
    code = "".join(one if one.isascii() and one.isalnum() else "-" for one in invoice.code)
    return f"{invoice.kind.replace('_', '-')}-{code.strip('-')}.pdf"


def names_blob(tenant_id: int, digest: str) -> bool:
    """Whether a stored content is the PDF of a document: then no sweep takes it for an orphan."""
    return Invoice.objects.filter(tenant_id=tenant_id, pdf_blob=digest).exists()


def _make(invoice: Invoice, *, instead_of: str) -> bytes:
    row = Invoice.objects.select_related("period", "corrects").get(pk=invoice.pk)
    document = pdf_of(row, list(InvoiceLine.objects.filter(invoice=row).select_related("invoice")))
    digest = blobs.put(row.tenant_id, document)
    if not Invoice.objects.filter(pk=row.pk, pdf_blob=instead_of).update(pdf_blob=digest):
        # Somebody else was first, and theirs stays: in between, a payment may have changed how to pay.
        kept: str = Invoice.objects.values_list("pdf_blob", flat=True).get(pk=row.pk)
        return blobs.get(row.tenant_id, kept)
    return document
