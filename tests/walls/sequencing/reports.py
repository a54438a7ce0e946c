"""The routes of reports and of what tracks."""

from tests.walls.declaring import Route

ROUTES: dict[str, Route] = {}
