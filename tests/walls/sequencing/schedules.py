"""The routes of hours and limits."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
