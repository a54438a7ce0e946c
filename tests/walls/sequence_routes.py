"""The routes of contacts and sequences."""

from tests.walls.declaring import Route

SEQUENCES: dict[str, Route] = {}
