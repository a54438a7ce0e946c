"""The text of a reply alone, as a person would read it out: without quotation, attribution, and what programs add."""

from dataclasses import dataclass, field

from mailboxes.quoting.attributions import split_off_attribution
from mailboxes.quoting.html import MarkedText, marked_text
from mailboxes.quoting.languages import GREETINGS
from mailboxes.quoting.outline import Outline, outline, searched_part
from mailboxes.quoting.separators import Separator, is_forwarded_title, is_rule
from mailboxes.quoting.signatures import is_initials_sign_off, is_sent_from, signature_start
from mailboxes.quoting.words import bare
from mailhub.lib.html import html_to_plain


def reply_text(text: str, html: str = "") -> str:
    """Return what the writer of a mail added to what was there before.

    Left out are quotations with their attributions, the repeated header and all below it, separators, the signature
    behind "-- ", and lines like "Sent from my phone". Answers between quoted lines keep these lines, which they need to
    be understood; a forwarded message without a word of the sender's stays whole, since it is what was sent.
    `html` is the same mail in HTML: it decides where the plain text does not show what is quoted. Takes linear time.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    searched, rest = searched_part(text)
    plain = _outline_of_text(searched)
    if html and (not plain.has_quotation or _is_made_from(html, text)):
        marked = marked_text(html)
        if marked.has_quotation or not text.strip():
            return _written(_outline_of_html(marked))
    if rest and plain.end == len(plain.lines) and not any(plain.is_quoted[-_LAST_LINES:]):
        return text.strip()
    return _written(plain)


def _outline_of_text(text: str) -> Outline:
    lines: list[str] = []
    for line in text.split("\n"):
        column = split_off_attribution(line)
        if column:
            lines += [line[:column], line[column:].lstrip(" -")]
        else:
            lines.append(line)
    return outline(lines)


def _outline_of_html(marked: MarkedText) -> Outline:
    return outline(marked.lines, marked.is_quoted, marked.is_attribution, marked.cut)


def _is_made_from(html: str, text: str) -> bool:
    """True if the text says no more than the HTML, whose elements say better what is quoted."""
    made = html_to_plain(html[: 20 * _COMPARED])
    return "".join(made[:_COMPARED].split())[: _COMPARED // 2] == "".join(text[:_COMPARED].split())[: _COMPARED // 2]


def _written(found: Outline) -> str:
    """Return the lines that were written, joined; nothing if all is quoted in reply."""
    lines = found.lines[: found.end]
    is_quoted = found.is_quoted[: found.end]
    end = signature_start(lines, is_quoted)
    kept = [number for number in range(end) if is_quoted[number] or not _is_added(lines, number)]
    runs = _runs(kept, lines, is_quoted, found.is_attribution)
    if not any(not run.is_quoted for run in runs):
        return _without_words(found, runs)
    chosen = _chosen(runs, lines, has_more=found.end < len(found.lines))
    numbers = [number for run in chosen for number in run.numbers if not found.is_attribution[number]]
    return _joined(lines, numbers, is_quoted)


@dataclass
class _Run:
    """Neighbouring lines that are all quoted or all not."""

    is_quoted: bool
    has_attribution: bool = False
    numbers: list[int] = field(default_factory=list)


def _runs(kept: list[int], lines: list[str], is_quoted: list[bool], is_attribution: list[bool]) -> list[_Run]:
    runs: list[_Run] = []
    for number in kept:
        if not lines[number].strip():
            if runs:
                runs[-1].numbers.append(number)
            continue
        begins = not runs or runs[-1].is_quoted != is_quoted[number]
        if begins or (is_attribution[number] and not is_attribution[number - 1]):
            is_forward = is_quoted[number] and is_forwarded_title(lines[number])
            runs.append(_Run(is_quoted[number], has_attribution=is_attribution[number] or is_forward))
        runs[-1].numbers.append(number)
    return runs


def _chosen(runs: list[_Run], lines: list[str], *, has_more: bool) -> list[_Run]:
    """Return the runs without what is quoted at the end, and without one whole quotation in front or in between.

    Where the thread goes on below (`has_more`), the words below a quotation are those of an earlier writer.
    """
    quotations = [run for run in runs if run.is_quoted]
    if has_more and runs and not runs[0].is_quoted:
        first = next((number for number, run in enumerate(runs) if run.has_attribution), len(runs))
        runs = runs[:first]
    while runs and runs[-1].is_quoted and not _is_example(runs, lines):
        last = runs[-1]
        runs = runs[:-1]
        if last.has_attribution:
            break
    if len(quotations) != 1 or not quotations[0].has_attribution or quotations[0] not in runs:
        return runs
    before = runs[: runs.index(quotations[0])]
    if before and all(_is_greeting(lines[number]) for run in before for number in run.numbers):
        # The answer stands below what it answers.
        return runs
    return [run for run in runs if not run.is_quoted]


def _is_example(runs: list[_Run], lines: list[str]) -> bool:
    """True for a few marked lines right below a line that announces them: the writer's own."""
    last = runs[-1]
    if last.has_attribution or len(runs) == 1 or len(last.numbers) > _MAX_EXAMPLE:
        return False
    return lines[runs[-2].numbers[-1]].rstrip().endswith(":")


def _is_greeting(line: str) -> bool:
    words = bare(line).casefold()
    return not words or (len(words) < _MAX_GREETING and words.startswith(_GREETINGS))


def _is_added(lines: list[str], number: int) -> bool:
    """True for a line that a program added: it ends its paragraph."""
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if below and not (is_rule(below) or below.startswith((">", "--")) or is_sent_from(below)):
        return False
    return is_sent_from(lines[number])


def _without_words(found: Outline, runs: list[_Run]) -> str:
    if found.separator is Separator.REPLY_ABOVE or any(run.has_attribution for run in runs):
        return ""
    return "\n".join(found.lines).strip()


def _joined(lines: list[str], numbers: list[int], is_quoted: list[bool]) -> str:
    _drop_empty_end(lines, numbers)
    if len(numbers) > 1 and is_initials_sign_off(lines[numbers[-1]]) and not lines[numbers[-2]].strip():
        numbers.pop()
        _drop_empty_end(lines, numbers)
    written: list[str] = []
    for number in numbers:
        line = lines[number].rstrip()
        if is_quoted[number] and line and not line.lstrip().startswith(">"):
            line = f"> {line}"
        if line or (written and written[-1]):
            written.append(line)
    return "\n".join(written).strip("\n")


def _drop_empty_end(lines: list[str], numbers: list[int]) -> None:
    while numbers and (not lines[numbers[-1]].strip() or is_rule(lines[numbers[-1]])):
        numbers.pop()


_COMPARED = 8_000
_MAX_EXAMPLE = 4
_MAX_GREETING = 50
_LAST_LINES = 20
_GREETINGS = tuple(greeting.casefold() for greeting in GREETINGS)
