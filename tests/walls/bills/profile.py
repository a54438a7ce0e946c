"""Routes of billing.urls.profile."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
