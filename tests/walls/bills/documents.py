"""Routes of billing.urls.documents."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
