"""Routes of billing.urls.profile."""

from typing import Any

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form
from tests.walls.places import Place

_BILLING = Permission.MANAGE_BILLING


def _details(_place: Place) -> dict[str, Any]:
    return {
        "company": "Renamed Ltd",
        "address": "1 High Street\nDublin",
        "country": "IE",
        "vat_id": "",
        "email": "invoices@renamed.example",
        "reference": "PO 1",
    }


ROUTES: dict[str, Route] = {
    "billing:profile-change": form(_BILLING, _details),
    "billing:profile-tax": action(_BILLING, _details, post=200),
}
