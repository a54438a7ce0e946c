"""What happens to a test whose server is not installed: skipped by name, or failed where CI=true."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.realservers import chromium, dovecot, postfix, postgres


@dataclass(frozen=True)
class Server:
    """A program that tests need, and the Debian packages that bring it."""

    is_installed: Callable[[], bool]
    packages: str


SERVERS = {
    "dovecot": Server(dovecot.is_installed, "dovecot-imapd dovecot-pop3d dovecot-lmtpd"),
    "postfix": Server(postfix.is_installed, "postfix"),
    "postgresql": Server(postgres.is_installed, "postgresql"),
    "chromium": Server(chromium.is_installed, "chromium"),
}


def require(*names: str) -> None:
    """Skip the running test when one of the named servers is missing; fail it where CI=true is in the environment."""
    for name in names:
        server = SERVERS[name]
        if server.is_installed():
            continue
        reason = f"{name} is missing: apt-get install {server.packages}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
