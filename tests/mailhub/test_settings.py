"""What the settings refuse, read by a process of their own."""

import os
import subprocess
import sys

import pytest

_READ = "from mailhub import settings; print(settings.DEBUG, settings.WHITENOISE_USE_FINDERS, settings.EGRESS_ALLOW)"
_DEMONSTRATION = {
    "DEBUG": "false",
    "MAILHUB_DEMO": "1",
    "SITE_URL": "http://127.0.0.1:8000",
    "EGRESS_ALLOW": "127.0.0.1:1143,[::1]:1110",
}


def read_settings(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _READ], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_demonstration_opens_loopback_without_debug() -> None:
    answer = read_settings(**_DEMONSTRATION)

    assert answer.stdout.startswith("False True ['127.0.0.1:1143'")


@pytest.mark.parametrize(
    "change",
    [
        {"MAILHUB_DEMO": "0"},
        {"SITE_URL": "https://mail.example.com"},
        {"SITE_URL": "http://10.0.0.1:8000"},
        {"EGRESS_ALLOW": "127.0.0.1:1143,10.0.0.7:143"},
        {"EGRESS_ALLOW": "mail.example.com:143"},
    ],
    ids=["no demonstration", "public site", "site on the network", "address on the network", "name"],
)
def test_nothing_else_is_opened_without_debug(change: dict[str, str]) -> None:
    answer = read_settings(**{**_DEMONSTRATION, **change})

    assert answer.returncode != 0
    assert "EGRESS_ALLOW opens loopback to tenants" in answer.stderr
