"""The rows of a report: steps, texts, outgoing servers or sequences, by the names that people know them by."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sequences.models import Sequence, Step, Variant
from sequences.reporting.counting import Key, Machines, Split
from sequences.reporting.measures import Tally
from servers.models import OutgoingServer

_SAME_THREAD = "Same thread"
_NO_MACHINES = Machines()


@dataclass(frozen=True)
class Group:
    """One row: what it is called, and what was counted for it."""

    key: Key
    label: str
    # A second line, such as the subject of a step.
    words: str
    tally: Tally
    machines: Machines = _NO_MACHINES
    # The step that a text belongs to.
    step_id: uuid.UUID | None = None
    # What is not watched for at all or of all, so that a share of it would mislead.
    unwatched: frozenset[str] = frozenset()


def groups_of(
    split: Split, sequence: Sequence, tallies: Mapping[Key, Tally], machines: Mapping[Key, Machines]
) -> list[Group]:
    """Return the rows of a sequence's report in two queries at most: those that are there, and those that counted."""
    named = _NAMING[split](sequence, tallies)
    return [
        Group(
            key=name.key,
            label=name.label,
            words=name.words,
            tally=tallies.get(name.key, Tally()),
            machines=machines.get(name.key, _NO_MACHINES),
            step_id=name.step_id,
        )
        for name in named
    ]


def groups_of_sequences(sequences: Iterable[Sequence], tallies: Mapping[Key, Tally]) -> list[Group]:
    """Return a row for each sequence that sent something, the largest first."""
    found = [
        Group(
            key=(one.pk,),
            label=one.name,
            words=one.get_state_display(),
            tally=tallies[one.pk,],
            unwatched=frozenset({"opened", "clicked"} - tracked_by(one)),
        )
        for one in sequences
        if (one.pk,) in tallies
    ]
    return sorted(found, key=lambda group: (-group.tally.sent, group.label.lower()))


def tracked_by(sequence: Sequence) -> set[str]:
    """Return the measures that a sequence counts only because it was asked to."""
    asked_for = {"opened": sequence.tracks_opens, "clicked": sequence.tracks_clicks}
    return {key for key, is_asked_for in asked_for.items() if is_asked_for}


@dataclass(frozen=True)
class _Name:
    key: Key
    label: str
    words: str
    step_id: uuid.UUID | None = None


def _steps(sequence: Sequence, tallies: Mapping[Key, Tally]) -> list[_Name]:
    return [
        _Name((step.pk,), _label(step), _subject(next(iter(step.variants.all()), None)))
        for step in _all_steps(sequence)
        if step.removed_at is None or (step.pk,) in tallies
    ]


def _variants(sequence: Sequence, tallies: Mapping[Key, Tally]) -> list[_Name]:
    names: list[_Name] = []
    for step in _all_steps(sequence):
        for variant in step.variants.all():
            key = (step.pk, variant.pk)
            if key in tallies or (step.removed_at is None and variant.is_active):
                off = "" if variant.is_active else " (switched off)"
                names.append(_Name(key, f"{_label(step)} · {variant.label}{off}", _subject(variant), step.pk))
        gone = (step.pk, None)
        if gone in tallies:
            names.append(_Name(gone, f"{_label(step)} · a deleted text", "", step.pk))
    return names


def _servers(sequence: Sequence, tallies: Mapping[Key, Tally]) -> list[_Name]:
    ids = {key[0] for key in tallies if key[0] is not None}
    if sequence.server_id is not None:
        ids.add(sequence.server_id)
    servers = OutgoingServer.objects.filter(pk__in=ids).select_related("mailbox").order_by("mailbox__name", "name")
    names = [_Name((one.pk,), str(one), one.from_address) for one in servers]
    return [*names, _Name((None,), "Deleted servers", "")] if (None,) in tallies else names


def _all_steps(sequence: Sequence) -> list[Step]:
    """Return the steps in order; those that were taken out stand behind the one that has their place now."""
    steps = list(sequence.steps.prefetch_related("variants"))
    return sorted(steps, key=lambda step: (step.position, step.removed_at is not None, step.created_at))


def _label(step: Step) -> str:
    return f"Step {step.position}" + (" (taken out)" if step.removed_at is not None else "")


def _subject(variant: Variant | None) -> str:
    return (variant.subject or _SAME_THREAD) if variant is not None else ""


_NAMING = {Split.STEP: _steps, Split.VARIANT: _variants, Split.SERVER: _servers}
