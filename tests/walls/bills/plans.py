"""Routes of billing.urls.plans."""

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page

_ACCOUNT, _BILLING = Permission.MANAGE_ACCOUNT, Permission.MANAGE_BILLING

ROUTES: dict[str, Route] = {
    "billing:plan": page(_ACCOUNT),
    "billing:ledger-list": page(_ACCOUNT),
    "billing:subscription-add": form(_BILLING, lambda _place: {"name": "New", "plan": "premium-1"}),
    "billing:plan-change": form(_BILLING, lambda _place: {"plan": "premium-1", "when": "now"}),
    "billing:plan-change-drop": action(_BILLING),
    "billing:subscription-cancel": form(_BILLING, lambda _place: {}),
    "billing:subscription-continue": action(_BILLING),
}
