"""The world, built once for each module; each test, and each request of a walk, is undone in it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django import Settings

from mailhub.tenancy import sealing
from tests.walls.world import World, make_world


@pytest.fixture(scope="module")
def built_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Hold a transaction open while the module runs: none of its tests may ask for a database with real commits."""
    # Tenants get numbers that a module before may have given to others, whose keys are remembered.
    sealing.forget_keys()
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(built_world: World, db: None, settings: Settings, caplog: pytest.LogCaptureFixture) -> World:
    # Rate limits live in the cache of the process and would carry over from request to request.
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    # No transaction undoes what stands there, such as discarded drafts.
    cache.clear()
    # A walk is refused thousands of times; none of it is news.
    caplog.set_level(logging.CRITICAL, logger="django.request")
    return built_world
