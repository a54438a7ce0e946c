"""Where the time of a run goes: seconds of the profiler, summed by what they were spent on."""

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")

# The first that is part of a file's path, or of a built-in's name, names the share.
_SHARES = (
    ("waiting for PostgreSQL", ("psycopg/connection.py:479", "psycopg_binary", "psycopg/waiting")),
    ("psycopg: building statements and reading rows", ("psycopg",)),
    ("Django's ORM", ("django/db",)),
    ("TLS and sockets", ("_ssl", "_socket", "ssl.py", "imaplib", "servers/wire")),
    ("imapclient's lexer", ("imapclient",)),
    ("files: writing and fsync", ("posix.", "tempfile", "lib/storage", "concurrent/futures", "_thread")),
    ("sealing and hashing", ("lib/crypto", "cryptography", "_hashlib", "tenancy/sealing")),
    ("parsing", ("mailboxes/mime", "mailboxes/parsing", "mailboxes/addresses", "lib/html", "lib/markup", "binascii")),
    ("classifying", ("mailboxes/classifying", "mailboxes/quoting")),
    ("the rest of the pipeline", ("mailboxes/",)),
)
_OTHERS = "everything else"


def profiled(run: Callable[[], _Result]) -> tuple[_Result, dict[str, float]]:
    """Run and return the result with the seconds of each share, the largest first. The profiler slows the run down."""
    profile = cProfile.Profile()
    result = profile.runcall(run)
    seconds: defaultdict[str, float] = defaultdict(float)
    for place, (_calls, _all_calls, own, _cumulated, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        share = _share_of(place)
        if share != _OTHERS or not callers:
            seconds[share] += own
            continue
        # A regular expression, or a built-in, is spent on what its caller is about.
        for caller, (_, _, own_for_caller, _) in callers.items():
            seconds[_share_of(caller)] += own_for_caller
    return result, dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _share_of(place: tuple[str, int, str]) -> str:
    file, line, name = place
    text = f"{file}:{line} {name}"
    for share, marks in _SHARES:
        if any(mark in text for mark in marks):
            return share
    return _OTHERS
