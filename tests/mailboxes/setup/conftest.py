"""The cast of the set-up pages, signed in."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def scope(cast: Cast) -> Iterator[None]:
    """Let the test itself look at the rows of the cast's tenant."""
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def member(cast: Cast) -> Client:
    return signed_in(cast.member)


@pytest.fixture
def stranger(cast: Cast) -> Client:
    return signed_in(cast.stranger)


@pytest.fixture(autouse=True)
def forget_throttles() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
