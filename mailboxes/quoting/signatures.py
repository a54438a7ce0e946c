"""What a mail program, not the writer, puts below a text: the part behind "-- ", and "Sent from my phone"."""

import re

from mailboxes.quoting.languages import SENT_FROM
from mailboxes.quoting.words import alternation, bare


def signature_start(lines: list[str], is_quoted: list[bool]) -> int:
    """Return the line in which a signature begins, with its delimiter (RFC 3676 §4.3); the number of lines if none."""
    is_code = False
    has_text = False
    for number, line in enumerate(lines):
        stripped = line.strip()
        if is_quoted[number] or not stripped:
            continue
        if stripped.startswith("```"):
            is_code = not is_code
        if has_text and not is_code and (_DELIMITER.fullmatch(stripped) or _is_footer(lines, is_quoted, number)):
            return number
        has_text = True
    return len(lines)


def is_sent_from(line: str) -> bool:
    """True for the line that a telephone or a program puts below what was written on it."""
    words = _LINK_TEXT.sub(r"\1", bare(line[: 2 * _MAX_LINE]))
    words = _ADDRESS.sub(" ", words).strip(" .*_<>()[]|-–—")
    if not words or len(words) > _MAX_LINE:
        return False
    return _SENT_FROM.fullmatch(bare(words)) is not None


def is_initials_sign_off(line: str) -> bool:
    """True for a name that is signed behind a dash: "-Anna"."""
    return _DASH_AND_NAME.fullmatch(line.strip()) is not None


def _is_footer(lines: list[str], is_quoted: list[bool], number: int) -> bool:
    """True for a row of underscores or dashes with one last paragraph right below it, as mailing lists add it."""
    row = lines[number].strip()
    is_underscored = _UNDERSCORES.fullmatch(row) is not None
    if not is_underscored and not _DASHES.fullmatch(row):
        return False
    below: list[str] = []
    for later in range(number + 1, min(number + 2 + _MAX_FOOTER, len(lines))):
        if not lines[later].strip():
            break
        if is_quoted[later]:
            return False
        below.append(lines[later])
    if not below or len(below) > _MAX_FOOTER:
        return False
    is_last = not any(line.strip() for line in lines[number + 1 + len(below) :][:_LOOK_AHEAD])
    return is_last and (is_underscored or _CONTACT.search(" ".join(below)[: _MAX_LINE * 10]) is not None)


def _pattern(template: str) -> str:
    before, _ellipsis, after = (alternation([part]) for part in template.partition("…"))
    if not before:
        return rf"(?:[^,.;!?]|[.](?=\w)){{0,40}}(?:{_DEVICES})(?:[^,.;!?]|[.](?=\w)){{0,30}}{after}"
    # "Sent from a beautiful town" is no device.
    before += rf"(?!\s?an?\s(?!.{{0,40}}(?:{_DEVICES})))"
    return before + (_DEVICE if not after else rf"(?:[^,.;!?]|[.](?=\w)){{1,60}}?{after}")


_MAX_LINE = 160
_MAX_FOOTER = 10
_LOOK_AHEAD = 20
_DELIMITER = re.compile(r"--|—|–|[*_]{0,2}-- ?[*_]{0,2}")
_UNDERSCORES = re.compile(r"_{2,}")
_DASHES = re.compile(r"[-–—]{3,}")
_CONTACT = re.compile(r"@|https?://|www\.|mailing list|unsubscribe|\+?\d[\d ()/-]{6,}", re.IGNORECASE)
_DASH_AND_NAME = re.compile(r"-{1,2}[A-Z][\w.']{0,20}(?:\s[A-Z][\w.']{0,20}){0,2}")
_LINK_TEXT = re.compile(r"\[([^\[\]]{1,80})\]\([^()]{0,200}\)")
_ADDRESS = re.compile(r"[<(\[]?(?:https?://|mailto:)\S*|<[^<>]{0,200}>(?=\s|\Z)")
_DEVICES = (
    r"iPhone|iPad|iPod|Android|Samsung|Galaxy|Huawei|Xiaomi|Redmi|Nokia|BlackBerry|Outlook|Yahoo|Gmail|Mobil\w*|Windows|"
    r"smartphone|Mail|HTC|Sony|LG|Handy|Phone|tablet"
)
_DEVICE = (
    r"\s?(?:[^,.;!?]|[.](?=\w)){1,60}(?:,\s(?:an?\s)?(?-i:[A-Z])(?:[^,.;!?]|[.](?=\w)){1,40})?"
    r"(?:\s?[,.;!:-]\s{0,2}(?:so\s|please\s|bitte\s)?(?:excuse|pardon|forgive|ignore|sorry|apolog|typo|beware|thumb|"
    r"entschuldig|verzeih|tippfehler|disculp|excus|désol).{0,80})?"
)
_SENT_FROM = re.compile(
    rf"(?:{'|'.join(_pattern(template) for template in SENT_FROM)}"
    rf"|from\smy\s(?:[^,.;!?]|[.](?=\w)){{1,30}}|\w{{1,20}}\sfrom\smobile|sent\smobile)",
    re.IGNORECASE,
)
