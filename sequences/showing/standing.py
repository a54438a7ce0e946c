"""Where a contact stands in a sequence, in words: the state, what comes next and when, and why not earlier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailhub.tenancy.models import Tenant
from sequences.models import Enrollment, Sequence
from sequences.running.placing import BEING_SENT

_State = Enrollment.State
_Cause = Enrollment.Cause


@dataclass(frozen=True)
class Standing:
    """`kind` and `word` are those of the pill. `at` is when something happens next, `because` why not earlier."""

    kind: str
    word: str
    # Before `at`, such as "Next" or "Goes on by itself".
    lead: str = ""
    at: datetime | None = None
    because: str = ""


def standing_of(enrollment: Enrollment, sequence: Sequence, *, tenant: Tenant, now: datetime) -> Standing:
    """Return where an enrollment stands. `tenant` is its account, which the caller knows already."""
    match enrollment.state:
        case _State.ACTIVE:
            return _active(enrollment, sequence, tenant, now=now)
        case _State.PAUSED:
            return _paused(enrollment)
        case _State.FINISHED:
            return Standing("works", "Finished", "Finished", enrollment.changed_at)
        case _:
            return _stopped(enrollment)


def _active(enrollment: Enrollment, sequence: Sequence, tenant: Tenant, *, now: datetime) -> Standing:
    because, due_at = enrollment.due_because, enrollment.due_at
    if because == BEING_SENT:
        return Standing("news", "Active", "The mail is handed over now")
    obstacle = _OBSTACLES.get(sequence.state)
    if obstacle is not None:
        return Standing("waits", "Active", "Waits", None, obstacle)
    if not tenant.runs_sequences:
        return Standing("waits", "Active", "Waits", None, "an invoice is overdue")
    if due_at is None:
        return Standing("waits", "Active", "Waits", None, because)
    if due_at <= now:
        # Which it may be for a moment: the clock comes by every few seconds.
        return Standing("news", "Active", "Due since", due_at, "its turn comes in a moment")
    return Standing("news", "Active", "Next", due_at, because)


def _paused(enrollment: Enrollment) -> Standing:
    if enrollment.cause in _NEEDS:
        return Standing("needs", _NEEDS[Enrollment.Cause(enrollment.cause)], "", None, enrollment.cause_words)
    if enrollment.cause == _Cause.AWAY:
        return Standing("waits", "Out of office", "Goes on by itself", enrollment.paused_until, enrollment.cause_words)
    return Standing("waits", "Paused", "Until somebody goes on", None, enrollment.cause_words)


def _stopped(enrollment: Enrollment) -> Standing:
    kind, word = _ENDS.get(Enrollment.Cause(enrollment.cause), ("off", "Stopped"))
    label = str(enrollment.get_cause_display())
    # The pill says it already where both are the same.
    because = enrollment.cause_words or ("" if label == word else label)
    return Standing(kind, word, "Stopped", enrollment.changed_at, because)


_OBSTACLES = {
    Sequence.State.DRAFT.value: "the sequence has not started",
    Sequence.State.PAUSED.value: "the sequence is paused",
    Sequence.State.ARCHIVED.value: "the sequence is archived",
}
_NEEDS = {
    _Cause.SERVER_LOST: "Server gone",
    _Cause.MISSING_FIELD: "Field missing",
    _Cause.UNCERTAIN: "Uncertain",
}
_ENDS = {
    _Cause.REPLIED: ("works", "Replied"),
    _Cause.COMPANY_REPLIED: ("works", "Company replied"),
    _Cause.BOUNCED: ("needs", "Bounced"),
    _Cause.COMPLAINED: ("needs", "Complained"),
    _Cause.UNSUBSCRIBED: ("off", "Unsubscribed"),
    _Cause.CONTACT_GONE: ("off", "Deleted"),
}
