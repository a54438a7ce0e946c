"""Chromium: Debian's browser, without anything that talks to the outside."""

import os
import shutil
from dataclasses import dataclass

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    # A page that names another host must fail at once and not wait for a network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True)
class LaunchArguments:
    """What Playwright's `launch` needs to start the browser."""

    executable_path: str
    args: tuple[str, ...]


def is_installed() -> bool:
    """Say whether the browser is here."""
    return _find_program() is not None


def launch_arguments() -> LaunchArguments:
    """Return how to start the browser; raise FileNotFoundError when there is none."""
    program = _find_program()
    if program is None:
        raise FileNotFoundError("Chromium is missing: apt-get install chromium")
    # Chromium's sandbox refuses to run as root.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    return LaunchArguments(program, (*sandbox, *_FLAGS))


def _find_program() -> str | None:
    return next((path for path in map(shutil.which, _NAMES) if path), None)
