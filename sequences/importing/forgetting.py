"""Files and results of imports are kept while somebody may want to look or undo, and then forgotten."""

from datetime import datetime, timedelta

from django.db.models import Q

from sequences.models import ContactImport, ImportRow

# So long after the last step an import can be undone, and its refused rows be downloaded.
KEPT = timedelta(days=30)
_AT_ONCE = 100


def names_blob(tenant_id: int, digest: str) -> bool:
    """Whether a stored content is the file of an import: then no sweep takes it for an orphan."""
    return ContactImport.objects.filter(tenant_id=tenant_id, raw_sha256=digest).exists()


def forget_old(*, now: datetime) -> int:
    """Forget file and rows of imports whose time is over; their counts stay. Runs under `unscoped`."""
    over = Q(finished_at__lt=now - KEPT) | Q(finished_at=None, created_at__lt=now - KEPT)
    old = ContactImport.objects.filter(over).exclude(raw_sha256="").exclude(state__in=ContactImport.WORKING)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:_AT_ONCE])
    for pk in ids:
        # First the name: from here on nobody undoes half of it. The sweep of the storage removes the bytes.
        if ContactImport.objects.filter(pk=pk).exclude(state__in=ContactImport.WORKING).update(raw_sha256=""):
            ImportRow.objects.filter(contact_import=pk).delete()
    return len(ids)
