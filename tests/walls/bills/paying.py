"""Routes of billing.urls.paying."""

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page

_ACCOUNT, _BILLING = Permission.MANAGE_ACCOUNT, Permission.MANAGE_BILLING

ROUTES: dict[str, Route] = {
    "billing:payment-method": page(_ACCOUNT),
    "billing:payment-method-choose": action(_BILLING, lambda _place: {"method": "transfer"}),
    # No payment provider is set up in the walk.
    "billing:card-add": action(_BILLING),
    "billing:card-return": page(_BILLING, 302),
    "billing:card-remove": form(_BILLING, lambda _place: {}),
    "billing:invoice-pay": form(_BILLING, lambda _place: {}),
    "billing:invoice-paid-return": page(_BILLING, 302),
    # The provider posts to it; what it does not sign is refused.
    "billing:gateway-events": Route(None, {"POST": 404}),
}
