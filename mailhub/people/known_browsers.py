"""Browsers in which a person has signed in before, so that nobody can lock them out by guessing (SECURITY B142).

A signed cookie holds digests of the last few addresses that signed in here. It opens nothing: it only spares the limit
on wrong passwords for one person from anywhere.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_SALT = "mailhub.people.known_browsers"
_KEPT_FOR = timedelta(days=180)
_MOST_PEOPLE = 5


def knows(request: HttpRequest, email: str) -> bool:
    """Whether this person has signed in with this browser within the last half year."""
    return _digest(email) in _people_of(request)


def remember(response: HttpResponse, email: str, *, request: HttpRequest) -> None:
    """Let the browser remember that this person has signed in with it."""
    digest = _digest(email)
    others = [one for one in _people_of(request) if one != digest]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps([digest, *others][:_MOST_PEOPLE], salt=_SALT),
        max_age=_KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people_of(request: HttpRequest) -> list[str]:
    cookie = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
    try:
        people: list[str] = signing.loads(cookie, salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return []
    return people


def _digest(email: str) -> str:
    return hashlib.sha256(email.lower().encode("utf-8", "replace")).hexdigest()[:32]
