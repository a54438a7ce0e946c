"""What a check says, and the look-ups of one report."""

import threading
from dataclasses import dataclass

from django.db.models import TextChoices

from mailhub.lib import dns
from mailhub.lib.dns import DnsFailure
from servers.wire import Deadline

# A record may make us follow others; these are all look-ups of a report.
_MOST_LOOK_UPS = 40
_LONGEST_LOOK_UP = 3.0


class State(TextChoices):
    """How a check ended. UNKNOWN says that we did not see, neither good nor bad."""

    OK = "ok", "Good"
    WARNING = "warning", "Look at this"
    MISSING = "missing", "Missing"
    UNKNOWN = "unknown", "Not known"


@dataclass(frozen=True)
class Publication:
    """A record to publish in DNS: its name, its type (TXT or CNAME) and its value."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Check:
    """One check: the record that was found and where, what it means in a sentence or two, and what to publish."""

    title: str
    state: State
    explanation: str
    name: str = ""
    record: str = ""
    publish: tuple[Publication, ...] = ()


class LookUps:
    """The look-ups of one report: counted, and within one deadline. Threads share it."""

    def __init__(self, *, deadline_seconds: float) -> None:
        self._deadline = Deadline(deadline_seconds)
        self._lock = threading.Lock()
        self._left = _MOST_LOOK_UPS

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name; raise DnsFailure when they are unknown."""
        with self._lock:
            self._left -= 1
            if self._left < 0:
                raise DnsFailure(name, "There were too many records to follow.")
        try:
            remaining = self._deadline.remaining()
        except TimeoutError:
            raise DnsFailure(name, "The name servers took too long.") from None
        return dns.texts(name, timeout=min(remaining, _LONGEST_LOOK_UP))


def tags(record: str) -> dict[str, str]:
    """Return the tags of a "name=value; name=value" record (RFC 6376 §3.2); the first of a name counts."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, separator, value = part.partition("=")
        if separator:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def unknown(title: str, name: str, failure: DnsFailure) -> Check:
    """Return a check that says why nothing is known."""
    return Check(title, State.UNKNOWN, f"{failure.words} Nothing can be said about it now; check again later.", name)
