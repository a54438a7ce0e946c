"""The routes of the contacts in sequences."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
