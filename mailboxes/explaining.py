"""Why a message is where it is, in words: every step of the pipeline, in its order (SPEC I6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailboxes.classifying import Kind
from mailboxes.classifying.kinds import FailedRecipient, Reason
from mailboxes.models import Message, ReportedFailure
from mailboxes.subjects import normalise_subject
from servers.models import FolderRole


@dataclass(frozen=True)
class Certainty:
    """What ties a message to its conversation: the kind of the pill that shows it, and its words."""

    kind: str
    words: str


@dataclass(frozen=True)
class Step:
    """One step of the pipeline and what it did with a message; `is_quiet` where it found nothing to do."""

    title: str
    icon: str
    lines: tuple[str, ...]
    is_quiet: bool = False


@dataclass(frozen=True)
class ReportedRecipient:
    """What a report says of one recipient, in words; `kind` is that of the pill with the verdict."""

    address: str
    kind: str
    verdict: str
    status: str
    reason: str
    remedy: str
    diagnostic: str


@dataclass(frozen=True)
class Sought:
    """What a message names, by which its conversation was looked for."""

    title: str
    values: tuple[str, ...]


def certainty_of(message: Message) -> Certainty | None:
    """Say what ties a message to its conversation, and how sure that is; None where nothing does."""
    if not message.evidence:
        return None
    found = f"Matched: {message.get_evidence_display()}"
    for least, kind, word in _CERTAINTIES:
        if message.match_score >= least:
            return Certainty(kind, f"{found} · {word}")
    return Certainty("works", found)


def steps_of(message: Message) -> list[Step]:
    """Return every step that looked at the message, in order; of one that still waits, that it was stored."""
    steps = [Step("Stored", "archive", (_stored(message),))]
    if message.state == Message.State.STORED:
        return steps
    if message.state in (Message.State.UNREADABLE, Message.State.SET_ASIDE):
        words = "It could not be read." if message.state == Message.State.UNREADABLE else "A step failed on it."
        return [*steps, Step("Set aside", "alert-triangle", (f"{words} No other step looked at it.",))]
    noted = _noted(message)
    shown = [one for one in _STEPS if not one.names.isdisjoint(noted) or (one.quiet and _may_be_quiet(one, message))]
    if message.state in Message.HIDDEN:
        # The step that hides a message is the last that sees it.
        last = max((place for place, one in enumerate(shown) if not one.names.isdisjoint(noted)), default=-1)
        shown = shown[: last + 1]
    return steps + [_step(one, noted, message) for one in shown]


def reported(row: ReportedFailure | FailedRecipient, *, is_delay: bool) -> ReportedRecipient:
    """Say in words what a report says of one recipient, and what somebody can do about it."""
    reason = Reason(row.reason)
    kind, verdict = ("waits", "Delayed") if is_delay else _VERDICTS[row.is_permanent]
    return ReportedRecipient(
        address=row.address,
        kind=kind,
        verdict=verdict,
        status=row.status,
        reason=reason.label,
        remedy=reason.remedy.label,
        diagnostic=row.diagnostic,
    )


def sought_of(message: Message) -> list[Sought]:
    """Return what the conversation of a message was looked for by, the strongest first."""
    return [one for one in _sought(message) if one.values]


@dataclass(frozen=True)
class _Known:
    """A step as people see it: the names under which it leaves notes, and its words where it left none."""

    title: str
    icon: str
    names: frozenset[str]
    quiet: str = ""


def _known(title: str, icon: str, *names: str, quiet: str = "") -> _Known:
    return _Known(title, icon, frozenset(names), quiet)


def _noted(message: Message) -> dict[str, list[str]]:
    noted: dict[str, list[str]] = {}
    for one in message.trace:
        noted.setdefault(str(one.get("step", "")), []).append(str(one.get("did", "")))
    known = frozenset[str]().union(*(one.names for one in _STEPS))
    # A step that this version does not know left a note all the same.
    others = [f"{name}: {did}" for name, lines in noted.items() if name not in known for did in lines]
    return noted | ({_OTHER: others} if others else {})


def _may_be_quiet(known: _Known, message: Message) -> bool:
    """Whether the step looks at such a message at all: what people of the mailbox wrote is not judged."""
    return not (message.folder_role == FolderRole.SENT and known in _FOR_MAIL_OF_OTHERS)


def _step(known: _Known, noted: dict[str, list[str]], message: Message) -> Step:
    lines = [line for name in noted if name in known.names for line in noted[name]]
    if known is _CLASSIFY and not lines:
        return Step(known.title, known.icon, (_kind_words(message),))
    return Step(known.title, known.icon, tuple(lines or [known.quiet]), is_quiet=not lines)


def _kind_words(message: Message) -> str:
    label = Kind(message.kind).label if message.kind in Kind.values else ""
    if message.kind == Kind.REPLY:
        return f"{label}: it names a message that it answers, and no rule for mail of machines fits."
    return f"{label or 'Mail of a person'}: no rule for mail of machines fits."


def _stored(message: Message) -> str:
    if message.arrived_by == Message.Arrival.DIRECT:
        return "It was sent to the direct address, and stored before anything else was decided."
    folder = {FolderRole.SENT: " in Sent", FolderRole.JUNK: " in Junk"}.get(FolderRole(message.folder_role), "")
    archived = " It was there before the server was added, so nothing automatic happens with it."
    where = f"It was found{folder} on the server, and stored before anything else was decided."
    return where + (archived if message.is_archived else "")


def _sought(message: Message) -> Iterator[Sought]:
    yield Sought("In-Reply-To", tuple(f"<{one}>" for one in message.in_reply_to.split()))
    yield Sought("References, the newest first", tuple(f"<{one}>" for one in message.references.split()[::-1][:_MOST]))
    if not message.in_reply_to and not message.references and normalise_subject(message.subject):
        who = message.from_address or "nobody named"
        yield Sought("Correspondent and subject", (f"{who}, “{normalise_subject(message.subject)}”",))


# What a score means in words, and how it looks (mailboxes.matching).
_CERTAINTIES = ((85, "works", "sure"), (60, "works", "likely"), (1, "waits", "weak"))
_VERDICTS = {True: ("needs", "Permanent"), False: ("waits", "Temporary"), None: ("neutral", "Not told")}
# So many references are listed.
_MOST = 10
_OTHER = "other"
_CLASSIFY = _known("What it is", "mail-opened", "classify", quiet="New")
_REPORTS = _known(
    "Reports on what we sent",
    "alert-circle",
    "record_delivery_status",
    "record_complaint",
    "record_unsubscribe",
    quiet="It reports no bounce, no complaint, and no wish to be removed.",
)
_DISCARD = _known("Discard filters", "trash", "discard", quiet="None fits.")
_TOPIC = _known("Topic", "flag", "filter_topic", quiet="None given.")
_RULES = _known("Routing rules", "arrow-right", "route", "routing", "notice", quiet="None fits.")
_ANSWER = _known("Automatic answer", "send", "autoresponder", quiet="None.")
_STEPS = (
    _known("Signature and encryption", "lock", "open_smime", quiet="Neither signed nor encrypted."),
    _known("Copies", "copy", "recognise_own_copy", "recognise_double", quiet="No copy of a message that is here."),
    _known("Reply checks", "checks", "recognise_probe", quiet="Not one of ours."),
    _CLASSIFY,
    _known("What it answers", "arrow-back-up", "match"),
    _REPORTS,
    _DISCARD,
    _known("Spam", "alert-triangle", "judge_spam", quiet="Nothing speaks for it."),
    _known("Attachments", "paperclip", "restrict_attachments", quiet="None refused."),
    _known("Forwarded", "send", "forward"),
    _known("Conversation", "inbox", "file"),
    _TOPIC,
    _RULES,
    _ANSWER,
    _known("Put right by a person", "user", "rematch"),
    _known("Further steps", "point", _OTHER),
)
_FOR_MAIL_OF_OTHERS = (_CLASSIFY, _REPORTS, _DISCARD, _TOPIC, _RULES, _ANSWER)
