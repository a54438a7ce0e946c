"""The routes of what writes sequences."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
