"""Fixtures of the fault tests: a worker to kill, and a storage of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.reliability.workers import Runner


@pytest.fixture(scope="session")
def _storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(autouse=True)
def _own_storage(_storage: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep raw mail where these tests and the processes they start look for it, and nobody else."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": _storage}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    monkeypatch.setenv("STORAGE_URL", f"file://{_storage}")


@pytest.fixture
def runner(file_database: str, allow_egress: None) -> Iterator[Runner]:
    """A worker that runs each task in a process of its own."""
    worker = Runner(file_database)
    yield worker
    worker.stop()
