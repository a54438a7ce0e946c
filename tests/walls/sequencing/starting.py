"""The routes of the list of sequences, and of starting them."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
