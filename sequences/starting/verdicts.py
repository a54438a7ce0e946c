"""What the check list says about one thing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """WARNING lets a person start anyway, REFUSED does not."""

    OK = "ok"
    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True)
class Fix:
    """Where something is mended: the name of a route, what its address names, and what the link says."""

    route: str
    args: tuple[uuid.UUID, ...]
    label: str


@dataclass(frozen=True)
class Check:
    """One line of the check list: a verdict, what was looked at, and what was found."""

    verdict: Verdict
    title: str
    words: str
    fix: Fix | None = None


def ok(title: str, words: str) -> Check:
    return Check(Verdict.OK, title, words)


def warning(title: str, words: str, fix: Fix | None = None) -> Check:
    return Check(Verdict.WARNING, title, words, fix)


def refused(title: str, words: str, fix: Fix | None = None) -> Check:
    return Check(Verdict.REFUSED, title, words, fix)


def worst_of(checks: list[Check]) -> Verdict:
    """Return the verdict that counts for all of them."""
    verdicts = {one.verdict for one in checks}
    return next((one for one in (Verdict.REFUSED, Verdict.WARNING) if one in verdicts), Verdict.OK)
