"""The header of the quoted message, as Outlook and others repeat it: From, Sent, To, Subject, a line each."""

import re
from dataclasses import dataclass, field

from mailboxes.quoting.languages import HEADER_LABELS
from mailboxes.quoting.words import alternation, bare

MAX_LINES = 16
_MAX_LINE = 1000


def is_repeated_header(lines: list[str], number: int) -> bool:
    """True if the header of a quoted message begins at this line; fields may be wrapped or stand apart."""
    kind, value = _field(lines[number])
    if kind is None or kind == "cc":
        return False
    if kind in {"from", "date"} and _is_on_one_line(lines[number]):
        return True
    found = _Fields()
    found.add(kind, value)
    without_label = 0
    for line in lines[number + 1 : number + MAX_LINES]:
        kind, value = _field(line)
        if kind is None:
            without_label += 1
            found.continue_with(line)
            if without_label > _MAX_BETWEEN:
                break
            continue
        found.are_adjacent = found.are_adjacent and without_label < _MAX_BETWEEN
        without_label = 0
        if kind in found.values and kind not in {"cc", "to"}:
            break
        found.add(kind, value)
    return found.are_header()


def label_kind(line: str) -> str | None:
    """Return "from", "date", "to", "cc" or "subject" if the line begins with such a label."""
    return _field(line)[0]


@dataclass
class _Fields:
    values: dict[str, str] = field(default_factory=dict)
    are_adjacent: bool = True
    _last: str = ""

    def add(self, kind: str, value: str) -> None:
        self._last = kind
        self.values.setdefault(kind, value)

    def continue_with(self, line: str) -> None:
        if not self.values[self._last]:
            self.values[self._last] = bare(line)[:_MAX_LINE]

    def are_header(self) -> bool:
        kinds = self.values.keys() - {"cc"}
        names_address = any("@" in value for value in self.values.values())
        has_date = _DIGIT.search(self.values.get("date", "")) is not None
        if len(kinds) >= _ENOUGH:
            # A form may ask From, To and Date, too: a journey has neither a subject nor an address.
            return "subject" in kinds or names_address or _YEAR_AND_TIME.search(self.values.get("date", "")) is not None
        if kinds == {"from", "date"}:
            return self.are_adjacent and has_date
        if kinds in ({"from", "to"}, {"from", "subject"}):
            return self.are_adjacent and "@" in self.values["from"]
        return kinds == {"date", "to"} and has_date and "@" in self.values["to"]


def _field(line: str) -> tuple[str | None, str]:
    match = _LABEL.match(line[:_MAX_LINE])
    if match is None:
        return None, ""
    return _KINDS.get(bare(match["label"]).casefold()), bare(match["value"]).strip(" *_")


def _is_on_one_line(line: str) -> bool:
    words = bare(line)[:_MAX_LINE]
    kinds = {_KINDS[bare(match[1]).casefold()] for match in _INNER_LABEL.finditer(words)}
    return {"subject", "to"} <= kinds or ("date" in kinds and _ADDRESS_AND_YEAR.search(words) is not None)


_ENOUGH = 3
_MAX_BETWEEN = 2
_KINDS: dict[str, str] = {}
for _kind, _labels in HEADER_LABELS.items():
    for _label in _labels:
        _KINDS.setdefault(_label.casefold(), _kind)
_LABEL = re.compile(
    r"[\s>*_|\"'\u200e\u200f\u202a-\u202e]{0,60}(?P<label>[^\W\d_][^:：*\n]{0,30}?)[\s*_]{0,4}[:：](?P<value>.*)"
)
_INNER_LABEL = re.compile(rf"(?<!\w)({alternation(_KINDS)})\s?\*?\s?[:：]", re.IGNORECASE)
_ADDRESS_AND_YEAR = re.compile(r"@.{1,200}\b20\d\d\b")
_YEAR_AND_TIME = re.compile(r"20\d\d.{0,12}\d{1,2}[:.]\d\d")
_DIGIT = re.compile(r"\d")
