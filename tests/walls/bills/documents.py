"""Routes of billing.urls.documents."""

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, page

_ACCOUNT = Permission.MANAGE_ACCOUNT

ROUTES: dict[str, Route] = {
    "billing:invoice-list": page(_ACCOUNT),
    "billing:invoice-detail": page(_ACCOUNT),
    "billing:invoice-pdf": page(_ACCOUNT),
}
