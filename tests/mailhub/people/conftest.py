"""The cast, fresh limits for each test, and codes as an authenticator app shows them."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache, caches

from mailhub.tenancy.models import User
from tests.factories import Cast, make_cast


@dataclass
class StoppedClock:
    """The time of the machine, which goes on only when a test says so."""

    now: float

    def go_on(self, *, minutes: int = 0, seconds: int = 0) -> None:
        self.now += 60 * minutes + seconds


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """They live in the cache of the process and would carry over from test to test."""
    cache.clear()
    caches["process"].clear()
    yield
    cache.clear()
    caches["process"].clear()


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """Stop the clock by which limits count."""
    stopped = StoppedClock(time.time())
    monkeypatch.setattr(time, "time", lambda: stopped.now)
    return stopped


def with_app(user: User) -> None:
    """Let the person have an authenticator app with SECRET."""
    TOTP.activate(user, SECRET)


def code_of(secret: str = SECRET, *, steps: int = 0) -> str:
    """Return what the app shows now, or so many half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def link_in(message: mail.EmailMessage, site: str = "http://localhost:8000") -> str:
    """Return the path of the link to our site that stands on a line of its own."""
    found = re.search(rf"^{re.escape(site)}(/\S+)$", str(message.body), re.MULTILINE)
    assert found is not None
    return found[1]


def words_of(page: bytes) -> str:
    """Return what people read on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())
