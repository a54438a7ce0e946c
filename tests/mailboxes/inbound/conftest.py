"""A listener with a storage that keeps letters in memory."""

from collections.abc import Iterator

import pytest

from tests.mailboxes.inbound.running import FakeStore, Running


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def listener(store: FakeStore) -> Iterator[Running]:
    with Running(store) as running:
        yield running
