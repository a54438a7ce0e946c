"""Routes of billing.urls.paying."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
