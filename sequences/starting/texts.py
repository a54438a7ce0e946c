"""Are there mails, and can each of them be written? Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from mailboxes.merging import Field, MergeRefused, check, fill_header, fill_html
from mailhub.lib.html import html_to_text
from sequences.models import Step, Variant
from sequences.running.texts import FieldsMissing, TextRefused, write
from sequences.starting.verdicts import Check, Fix, ok, refused

_TITLE = "Mails"


def check_texts(sequence_id: uuid.UUID, steps: Sequence[Step], fields: tuple[Field, ...]) -> list[Check]:
    """Look at the mails of a sequence; `steps` are those that are sent, in order, with their variants."""
    fix = Fix("sequences:sequence-detail", (sequence_id,), "Write the mails")
    if not steps:
        return [refused(_TITLE, "The sequence has no step yet.", fix)]
    troubles = [words for number, step in enumerate(steps, 1) for words in _troubles(number, step, fields)]
    if troubles:
        return [refused(_TITLE, words, fix) for words in troubles]
    texts = sum(len(texts_of(step)) for step in steps)
    return [ok(_TITLE, f"{_steps(len(steps))}, {_texts(texts)}: each can be written.")]


def texts_of(step: Step) -> list[Variant]:
    """Return the variants of a step that contacts get."""
    return [one for one in step.variants.all() if one.is_active and one.weight]


def fields_needed(steps: Sequence[Step], fields: tuple[Field, ...]) -> list[str]:
    """Return the fields that texts show without a default: who lacks a value for one of them gets no mail.

    A text that cannot be filled in needs none: it is refused as a whole.
    """
    empty = {one.name: "" for one in fields}
    needed: dict[str, None] = {}
    for step in steps:
        for text in texts_of(step):
            try:
                shown = (*fill_header(text.subject, empty).unfilled, *fill_html(text.html, empty).unfilled)
            except MergeRefused:
                continue
            needed |= dict.fromkeys(shown)
    return list(needed)


def _troubles(number: int, step: Step, fields: tuple[Field, ...]) -> Iterator[str]:
    texts = texts_of(step)
    if not texts:
        yield f"Step {number} has no text that is switched on."
    for text in texts:
        where = f"Step {number}" if len(texts) == 1 else f"Step {number}, text {text.label}"
        if number == 1 and not text.subject.strip():
            yield f"{where} has no subject, and no mail before it that it could answer."
        if trouble := _trouble_of(text, fields):
            yield f"{where}: {trouble}"


def _trouble_of(text: Variant, fields: tuple[Field, ...]) -> str:
    """Return why nobody can get a text, "" where somebody can."""
    try:
        check(text.subject, fields)
        check(text.html, fields)
        samples = {one.name: one.sample for one in fields}
        write(text.subject, text.html, samples, sender_line="", unsubscribe_url="")
    except (MergeRefused, TextRefused) as refusal:
        return str(refusal)
    except FieldsMissing as missing:
        return str(missing)
    return "" if html_to_text(text.html).strip() else "It is empty."


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count} texts"
