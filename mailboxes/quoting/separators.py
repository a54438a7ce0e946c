"""Lines that stand between an answer and the message below it: "-----Original Message-----" and its like."""

import re
from enum import Enum

from mailboxes.quoting.languages import FORWARDED_MESSAGE, ORIGINAL_MESSAGE, REPLY_ABOVE
from mailboxes.quoting.repeated_headers import is_repeated_header
from mailboxes.quoting.words import alternation, bare

_MAX_LINE = 300
_HEADER_WITHIN = 3


class Separator(Enum):
    """What a separator announces."""

    ORIGINAL = "the message that is answered"
    FORWARDED = "a message that is passed on"
    REPLY_ABOVE = "where a help desk wants the answer to end"


def find_separator(lines: list[str], number: int) -> Separator | None:
    """Return which separator stands in this line, or None. A repeated header separates, too."""
    line = bare(lines[number][: 2 * _MAX_LINE])
    if is_repeated_header(lines, number):
        return Separator.ORIGINAL
    if len(line) > _MAX_LINE:
        return None
    if _ROW.search(line) and _REPLY_ABOVE.search(line):
        return Separator.REPLY_ABOVE
    unmarked = line.lstrip("> *")
    title = unmarked.strip(f"{_DRAWN} :：")
    is_forwarded = _FORWARDED_TITLE.fullmatch(title) is not None
    is_title = is_forwarded or _ORIGINAL_TITLE.fullmatch(title) is not None
    announced = Separator.FORWARDED if is_forwarded else Separator.ORIGINAL
    if is_title and (_has_row_before(unmarked) or (is_forwarded and line.rstrip("* ").endswith((":", "：")))):
        return announced
    if not (is_title or is_rule(line) or _ANY_TITLE.fullmatch(line)):
        return None
    return announced if _is_header_below(lines, number) else None


def is_rule(line: str) -> bool:
    """True if the line is drawn of dashes, underscores, stars and the like."""
    return _RULE.fullmatch(line.strip()[:_MAX_LINE]) is not None


def is_forwarded_title(line: str) -> bool:
    """True if the line announces a forwarded message, quoted or not."""
    return _FORWARDED_TITLE.fullmatch(bare(line)[:_MAX_LINE].strip(f"{_DRAWN}> :：")) is not None


def _has_row_before(line: str) -> bool:
    return len(line) - len(line.lstrip(_DRAWN)) > 1


def _is_header_below(lines: list[str], number: int) -> bool:
    below = range(number + 1, min(number + 1 + _HEADER_WITHIN, len(lines)))
    following = next((candidate for candidate in below if lines[candidate].strip()), None)
    return following is not None and is_repeated_header(lines, following)


_ROW = re.compile(
    r"\A[#>\s]{0,6}[-#=*_~–—]{2,}|[-#=*_~–—]{2,}\Z|\A(?:please|bitte|veuillez|por favor|reply|pls)\b", re.IGNORECASE
)
_REPLY_ABOVE = re.compile(rf"(?:{alternation(REPLY_ABOVE)})|\A##- .* -##\Z", re.IGNORECASE)
_FROM_SOMEONE = r"(?:\s(?:from|by|von|de)\s.{1,120})?"
_ORIGINAL_TITLE = re.compile(rf"(?:{alternation(ORIGINAL_MESSAGE)}){_FROM_SOMEONE}", re.IGNORECASE)
_FORWARDED_TITLE = re.compile(rf"(?:{alternation(FORWARDED_MESSAGE)}){_FROM_SOMEONE}", re.IGNORECASE)
_DRAWN = "-_=–—*~"
_ANY_TITLE = re.compile(r"[>\s*_]{0,8}[-_=–—]{3,80}\s?[^-_=–—]{3,60}\s?[-_=–—]{3,80}")
_RULE = re.compile(r"[-_=–—*~+#•.\s]{3,}")
