"""Bombs are read or refused within ten seconds and 512 MB each (SECURITY B050, B055)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mailboxes.mime.bombs import BOMBS, UNREADABLE

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def read_under_limits() -> dict[str, dict[str, object]]:
    """What each bomb cost in a process of its own, by name."""
    command = [sys.executable, "-m", "tests.mailboxes.mime.bombs", "512"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert finished.returncode == 0, finished.stderr
    return {line["name"]: line for line in map(json.loads, finished.stdout.splitlines())}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_within_its_limits(name: str, read_under_limits: dict[str, dict[str, object]]) -> None:
    cost = read_under_limits[name]

    assert cost["is_readable"] is True
    assert float(str(cost["seconds"])) < 10


@pytest.mark.parametrize("name", UNREADABLE)
def test_mail_beyond_a_limit_is_unreadable(name: str, read_under_limits: dict[str, dict[str, object]]) -> None:
    cost = read_under_limits[name]

    assert cost["is_readable"] is False
    assert float(str(cost["seconds"])) < 10
