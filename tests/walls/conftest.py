"""The world, built once for each module of tests; each request in it is undone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.walls.world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Keep one transaction open for the whole module: a test that uses it asks for no database of its own."""
    # Rate limits live in the cache of the process and would carry over from request to request.
    with django_db_blocker.unblock(), override_settings(ACCOUNT_RATE_LIMITS=False), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)
