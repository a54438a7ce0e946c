"""The browsers in which people are signed in: noted, listed and signed out."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.http import HttpRequest

from mailhub.lib.ids import new_id
from mailhub.people.models import Presence, SignedInBrowser
from mailhub.tenancy.models import Membership, User

# What a minute is worth: a list of sessions need not be more exact, and every request would write otherwise.
SECONDS_BETWEEN_NOTES = 60
_SESSION_KEY = "browser"


def note_sometimes(request: HttpRequest, user: User, membership: Membership | None, *, now: datetime) -> None:
    """Note browser and presence, once a minute for each in this process."""
    place = f"seen:{request.session.session_key}:{membership.pk if membership else ''}"
    if not caches["process"].add(place, True, timeout=SECONDS_BETWEEN_NOTES):
        return
    note(request, user, now=now)
    if membership is not None:
        _note_presence(membership, now)


def note(request: HttpRequest, user: User, *, now: datetime) -> SignedInBrowser:
    """Write down that the person is signed in with the browser of this request, and from where."""
    session = request.session
    seen = {
        "session_key": session.session_key,
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "address": request.META.get("REMOTE_ADDR", "")[:45],
        "last_seen_at": now,
    }
    # The key of a session changes when its password does; what the session holds stays.
    if _SESSION_KEY not in session:
        session[_SESSION_KEY] = str(new_id())
    browser, _is_new = SignedInBrowser.objects.update_or_create(
        pk=uuid.UUID(session[_SESSION_KEY]),
        user=user,
        defaults=seen,
        create_defaults={**seen, "started_at": now},
    )
    return browser


def browsers_of(user: User, *, now: datetime) -> list[SignedInBrowser]:
    """Return the browsers in which the person is signed in, newest first; forget those whose session is over."""
    rows = list(SignedInBrowser.objects.filter(user=user).order_by("-last_seen_at", "-id"))
    alive = set(
        Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now).values_list(
            "session_key", flat=True
        )
    )
    over = [row.pk for row in rows if row.session_key not in alive]
    if over:
        SignedInBrowser.objects.filter(pk__in=over).delete()
    return [row for row in rows if row.session_key in alive]


def sign_out(browser: SignedInBrowser) -> None:
    """End a session: the next request of that browser is a stranger's."""
    _end({browser.session_key})


def sign_out_everywhere(user: User, *, but: str | None = None) -> int:
    """End all sessions of a person except the one with the key `but`; return how many."""
    keys = set(SignedInBrowser.objects.filter(user=user).values_list("session_key", flat=True)) - {but}
    return _end(keys)


def _end(session_keys: Collection[str]) -> int:
    ended, _by_model = Session.objects.filter(session_key__in=session_keys).delete()
    SignedInBrowser.objects.filter(session_key__in=session_keys).delete()
    return ended


def _note_presence(membership: Membership, now: datetime) -> None:
    Presence.objects.update_or_create(membership=membership, defaults={"last_active_at": now})
