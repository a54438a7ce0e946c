"""The line that says who wrote the quotation below it, and when: "On 3 Feb 2026, Bob wrote:"."""

import re
from dataclasses import dataclass

from mailboxes.quoting.languages import ON, POSTED_BY, QUOTING, WROTE, WROTE_UNSPACED
from mailboxes.quoting.words import alternation, bare

MAX_LINES = 5
MAX_LENGTH = 600


@dataclass(frozen=True)
class Attribution:
    """An attribution of so many lines; only a sure one counts where no marked quotation follows."""

    length: int
    is_sure: bool


def find_attribution(lines: list[str], number: int) -> Attribution | None:
    """Return the attribution that begins at this line, wrapped or whole; None if there is none."""
    first = bare(lines[number])
    if not first or len(first) > MAX_LENGTH:
        return None
    may_wrap = _may_be_wrapped(first)
    joined = first
    length = 0
    while length < MAX_LINES:
        length += 1
        certainty = _certainty(joined)
        if certainty is not None:
            return Attribution(length, certainty)
        if not may_wrap or number + length >= len(lines) or _END.search(joined):
            return None
        following = bare(lines[number + length])
        if not following and _DATE.search(joined) and number + length + 1 < len(lines):
            # Some programs leave a blank line between the date and the address.
            following = _continued(bare(lines[number + length + 1]))
            length += 1
        if _DATE.search(joined) is None and _ON.match(following) and _DATE.search(following):
            # The attribution begins only here.
            return None
        if not following or len(joined) + len(following) > MAX_LENGTH:
            return None
        joined = f"{joined} {following}"
    return None


def split_off_attribution(line: str) -> int:
    """Return where an attribution begins behind other words in the same line; 0 if none does."""
    if len(line) > MAX_LENGTH or not line.rstrip().endswith(":") or line.lstrip().startswith(">"):
        return 0
    for match in _ON_INSIDE.finditer(line):
        if _WORD.search(line[: match.start()]) and _certainty(bare(line[match.start("on") :])):
            return match.start()
    return 0


def _continued(line: str) -> str:
    """Return the line if it can only be the rest of an attribution."""
    return line if line.startswith(("<", "(", "mailto:")) or _VERB_ALONE.fullmatch(line) else ""


def _may_be_wrapped(first: str) -> bool:
    if _ON.match(first):
        return _DATE.search(first[:_DATE_WITHIN]) is not None or len(first) < _SHORT_START
    return _DATE_FIRST.match(first) is not None or _NAME_AND_ADDRESS.match(first) is not None


def _certainty(joined: str) -> bool | None:
    """Return whether the words are an attribution for sure; None if they are none."""
    words = joined.lstrip(_RULES).rstrip(_RULES_BEHIND)
    if not words:
        return None
    if _POSTED_BY.match(words) or (_BETWEEN_ROWS.fullmatch(joined) and _ends_with_verb(words)):
        return True
    has_colon = words.endswith((":", "："))
    words = words.rstrip(" :：")
    begins_with_on = _ON.match(words) is not None
    if not has_colon:
        return _certainty_without_colon(words, begins_with_on=begins_with_on)
    has_date, has_address = _DATE.search(words) is not None, _ADDRESS.search(words) is not None
    if _QUOTING.match(words) or _NAME_ADDRESS_DATE.fullmatch(words):
        return has_address or (False if len(words) < _SHORT_START else None)
    verb = _VERB.search(words)
    if verb is None:
        if has_date and has_address and (begins_with_on or _DATE_FIRST.match(words) or _ADDRESS_LAST.search(words)):
            return True
        is_short = len(words) < _SHORT_WITHOUT_VERB
        return (
            False if is_short and (has_date or has_address) and (begins_with_on or _DATE_FIRST.match(words)) else None
        )
    if begins_with_on or _DATE_FIRST.match(words):
        return has_date or has_address
    if _WEAK_VERB.fullmatch(verb[0]):
        return False if _ends_with_verb(words) else None
    if has_date and (has_address or len(words) < _SHORT_ATTRIBUTION):
        return True
    if _ends_with_verb(words):
        return has_address or _VIA.search(words) is not None or (False if len(words) < _SHORT_ATTRIBUTION else None)
    return False if verb.start() < _VERB_WITHIN else None


def _certainty_without_colon(words: str, *, begins_with_on: bool) -> bool | None:
    if _ISO_DATE.match(words) and (_ADDRESS_LAST.search(words) or _ZONE_AND_NAME.search(words)):
        return True
    if not _DATE.search(words) or not (begins_with_on or _ADDRESS.search(words)):
        return None
    return True if _ends_with_verb(words) else None


def _ends_with_verb(words: str) -> bool:
    return _VERB_LAST.search(words) is not None


_RULES = " \t>*_-–—=~\"'"
_RULES_BEHIND = " \t*_-–—=~"
_DATE_WITHIN, _SHORT_START, _SHORT_WITHOUT_VERB, _SHORT_ATTRIBUTION, _VERB_WITHIN = 120, 60, 120, 160, 80
_VERBS = rf"(?:(?<!\w)(?:{alternation(WROTE)})(?!\w)|{alternation(WROTE_UNSPACED)})"
_VERB = re.compile(_VERBS, re.IGNORECASE)
_VERB_LAST = re.compile(_VERBS + r"[\s.:：(){}*>-]{0,8}\Z", re.IGNORECASE)
_VERB_ALONE = re.compile(rf">?\s?{_VERBS}\s?:", re.IGNORECASE)
_BETWEEN_ROWS = re.compile(r"-{2,20}[^-].{0,300}[^-]-{2,20}")
_WEAK_VERB = re.compile(r"said|says|sent|writes|scrive|pisze|viết", re.IGNORECASE)
_ON = re.compile(rf"[-\s\"'*_]{{0,12}}(?:{alternation(ON)})(?=[\s\d,.]|\Z)", re.IGNORECASE)
_ON_INSIDE = re.compile(r"(?:-{2,8}\s?|\s)(?P<on>(?:On|Am|Le|El|Il|Op|Em|Den)\s(?=[^\s]{1,14}\s?[\d,.]|\d))")
_POSTED_BY = re.compile(
    rf"(?:{alternation(POSTED_BY)})\s.{{1,80}}\son\s\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\Z", re.IGNORECASE
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20|25)\d\d(?!\d)|\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}(?!\d)|"
    r"\d{1,2}[:.h]\d\d(?!\d)|\d{1,2}[年月시])"
)
_DATE_FIRST = re.compile(
    r"[\"'*(]{0,2}(?:\d{1,4}\s?[^\w\s]|\d{1,4}\s?[年년]|\d{1,2}\.?\s[^\W\d]{3,}|[^\W\d]{1,14}[.,]{1,2}\s\d|"
    r"[^\W\d]{3,14},\s[^\W\d]{3,10}\.?\s\d)"
)
_QUOTING = re.compile(rf"(?:{alternation(QUOTING)})\s", re.IGNORECASE)
_NAME_ADDRESS_DATE = re.compile(
    r"[^<>@]{1,80}<[^\s<>@]{1,64}@[^\s<>@]{2,255}>\s[\[(][\d .:/+-]{8,40}[\])]",
)
_ISO_DATE = re.compile(r"\d{4}[/-]\d{1,2}[/-]\d{1,2}\s")
_ZONE_AND_NAME = re.compile(r"\s\d{1,2}:\d\d\s(?:GMT|UTC)[+-]\d\d:\d\d\s[\w .'-]{1,80}\Z")
_ADDRESS = re.compile(r"[^\s<>()\[\]@:;,\"']{1,64}@[\w.-]{2,255}")
_ADDRESS_LAST = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>()\[\]@]{1,64}@[^\s<>()\[\]@]{2,255}\s?[>)\]]{1,3}\Z")
_NAME_AND_ADDRESS = re.compile(r"[\"'<]?[^<>@:!?]{0,80}[<(\[]\s?(?:mailto:)?(?:[^\s<>()\[\]@]{1,64}@|\Z)")
_WORD = re.compile(r"\w")
_VIA = re.compile(r"\svia\s")
# Neither a sentence nor another clause goes on in the next line.
_END = re.compile(r"(?:[^\W\d]{4,}[.]|[!?:：])\Z")
