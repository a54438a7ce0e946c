"""/healthz names the part that is down."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from mailhub import clock
from mailhub.pulse import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(settings: Settings, redis_url: str, tmp_path: Path) -> None:
    settings.BROKER_URL = redis_url
    settings.STORAGE_ROOT = tmp_path
    for name in heartbeat.REQUIRED:
        heartbeat.beat(name, clock.now())


def test_healthz_is_ok_when_all_parts_are_up(client: Client, healthy: None) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "broker": "ok", "storage": "ok", "worker": "ok"},
    }


def test_healthz_names_the_broker_that_is_away(client: Client, healthy: None, settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "down",
        "parts": {"database": "ok", "broker": "down", "storage": "ok", "worker": "ok"},
    }


def test_healthz_names_storage_that_cannot_be_written(
    client: Client, healthy: None, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    settings.STORAGE_ROOT = file / "below"

    response = client.get("/healthz")

    assert response.json()["parts"]["storage"] == "down"


def test_healthz_names_the_worker_when_a_queue_is_silent(client: Client, healthy: None) -> None:
    heartbeat.beat("deliver", clock.now() - heartbeat.SILENCE)

    response = client.get("/healthz")

    assert response.json()["parts"]["worker"] == "down"


def test_healthz_leaves_nothing_in_storage(client: Client, healthy: None, tmp_path: Path) -> None:
    client.get("/healthz")

    assert list(tmp_path.iterdir()) == []
