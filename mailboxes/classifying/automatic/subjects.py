"""What the subject of an automatic answer looks like."""

import re
from dataclasses import dataclass
from enum import Enum

from mailboxes.classifying.automatic.words import subjects as words
from mailboxes.classifying.folding import folded, pattern

MAX_SUBJECT = 300


class Form(Enum):
    """How a subject tells of an automatic answer."""

    # "Automatic reply: your offer"
    AUTOMATIC_PREFIX = "automatic prefix"
    # "Autoreply", and nothing else; "Re: your offer (Automatic response)"
    AUTOMATIC = "automatic"
    # "Out of office: your offer"
    ABSENT_PREFIX = "absence prefix"
    # "Out of office until Monday", "Out of office: 3 to 7 August"
    ABSENT = "absence"
    # "Thank you for your message"
    RECEIVED = "received"
    # "Auto: your offer"
    SHORT_PREFIX = "short prefix"


@dataclass(frozen=True)
class SubjectSign:
    """In which form a subject tells of an automatic answer, and whether it says that somebody is away."""

    form: Form
    is_absence: bool


def read_subject(subject: str) -> SubjectSign | None:
    """Return what the subject tells of an automatic answer; None if it is as any other, or a person's "Re:" to one."""
    plain = _TAG.sub("", folded(subject[:MAX_SUBJECT]).strip())
    if match := _AUTOMATIC.match(plain):
        return _automatic(plain, match.end(), is_absence=_ANY_ABSENCE.search(plain) is not None)
    if match := _NOTICE.match(plain):
        return _automatic(plain, match.end(), is_absence=True)
    if _ABSENT_SENTENCE.match(plain):
        return SubjectSign(Form.ABSENT, is_absence=True)
    if match := _ABSENT.match(plain):
        return _absent(plain, match.end())
    if _SHORT.match(plain):
        return SubjectSign(Form.SHORT_PREFIX, is_absence=False)
    if _SUFFIX.search(plain):
        return SubjectSign(Form.AUTOMATIC, is_absence=False)
    if _RECEIVED.search(_ANSWER.sub("", plain)):
        return SubjectSign(Form.RECEIVED, is_absence=False)
    return None


def answers(subject: str) -> bool:
    """True if the subject begins as that of an answer does: "Re:", "AW:", …"""
    return _ANSWER.match(folded(subject[:MAX_SUBJECT])) is not None


def forwards(subject: str) -> bool:
    """True if the subject begins as that of a forwarded mail does."""
    return _FORWARD.match(folded(subject[:MAX_SUBJECT])) is not None


def _automatic(plain: str, end: int, *, is_absence: bool) -> SubjectSign:
    boundary = _BOUNDARY.match(plain, end)
    rest = plain[boundary.end() if boundary else end :].strip()
    has_date = not rest or _UNTIL.match(plain, end) is not None
    return SubjectSign(Form.AUTOMATIC if has_date else Form.AUTOMATIC_PREFIX, is_absence=is_absence)


def _absent(plain: str, end: int) -> SubjectSign:
    boundary = _BOUNDARY.match(plain, end)
    if boundary is None:
        return SubjectSign(Form.ABSENT, is_absence=True)
    rest = plain[boundary.end() :].strip()
    if _AUTOMATIC.match(rest):
        return SubjectSign(Form.AUTOMATIC_PREFIX, is_absence=True)
    has_date = not rest or _DATE.match(rest) is not None or _UNTIL.match(plain, end) is not None
    return SubjectSign(Form.ABSENT if has_date else Form.ABSENT_PREFIX, is_absence=True)


def _marker(*words: str, unspaced: tuple[str, ...] = (), behind: str) -> re.Pattern[str]:
    """Return a pattern for any of the words at the beginning of a subject, perhaps in brackets."""
    return re.compile(rf"^{_OPENING}[\[(【<*\"]{{0,3}}(?:{pattern(*words, unspaced=unspaced).pattern})(?={behind})")


# "[EXTERN]", "[Ticket#1234]", "*** SPAM ***": set before the subject by whoever passed the mail on.
_TAG = re.compile(
    r"^(?:\[(?!auto|odp|rep|自|不)[^\]]{1,40}\]\s*|\*{2,5}[^*]{1,20}\*{2,5}\s*|\"|【(?!自|不)[^】]{1,20}】)+"
)
_OPENING = r"(?:auto: ?)?(?:this is an? |dies ist eine? )?"
# What follows the words of a program; where none of it does, they belong to a person's sentence.
_BOUNDARY_SOURCE = (
    r"\s?[\])】>*\"]{0,3}\s?(?::|-+(?=\s)|\||/|=|(?<=[\])】>*\"]))\s?|\s?\(|\s?\[|\s?[\])】>*\"!.]{1,3}$"
    r"|\s(?=(?:re|aw|fwd?|antw|sv|r|odp|tr)\s?:)"
)
_UNTIL_SOURCE = (
    r"[\s,(:;-]{1,3}(?:until|till?|from|by|through|bis|ab|vom|jusqu|du|hasta|del|fino|dal|ate|tot|t/m|do|od|asti|до|с|"
    r"returning|back|zuruck|(?:to|auf|zu|a|alla|op) (?:your|ihrer?|votre|su|sua|tua|uw))\b"
)
_BOUNDARY = re.compile(_BOUNDARY_SOURCE)
_UNTIL = re.compile(_UNTIL_SOURCE)
_AUTOMATIC = _marker(
    *words.AUTOMATIC, unspaced=words.AUTOMATIC_UNSPACED, behind=rf"{_BOUNDARY_SOURCE}|{_UNTIL_SOURCE}|$"
)
_NOTICE = _marker(*words.NOTICE, unspaced=words.NOTICE_UNSPACED, behind=rf"{_BOUNDARY_SOURCE}|{_UNTIL_SOURCE}|$")
_ABSENT = _marker(*words.ABSENT, unspaced=words.ABSENT_UNSPACED, behind=rf"{_BOUNDARY_SOURCE}|{_UNTIL_SOURCE}|$")
_ANY_ABSENCE = pattern(*words.ABSENT, unspaced=words.ABSENT_UNSPACED)
_ABSENT_SENTENCE = re.compile(rf"^(?:{pattern(*words.ABSENT_SENTENCE).pattern})")
_RECEIVED = re.compile(rf"^[\[(]?(?:{pattern(*words.RECEIVED, unspaced=words.RECEIVED_UNSPACED).pattern})")
_SUFFIX = re.compile(
    rf"[\[(【-]\s?(?:{pattern(*words.AUTOMATIC, unspaced=words.AUTOMATIC_UNSPACED).pattern})\s?[\])】]?$"
)
_SHORT = re.compile(r"^auto: ?")
_DATE = re.compile(
    r"^(?:(?:from|on|until|till|this|next|all|week|monday|tuesday|wednesday|thursday|friday|today|tomorrow)\b|"
    r"\d{1,4}[./-]\d|\d{1,2}(?:st|nd|rd|th)?[ .]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} \d)"
)
_ANSWER = re.compile(
    r"^(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|antw|sv|svar|vs|odp|res|r|rif|ref|ynt|回复|回覆|答复|답장|отв|відп|απ|vl|bls|ha|atb)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?:\s?"
)
_FORWARD = re.compile(r"^(?:fwd?|wg|tr|rv|i|enc|doorst|vb|pd|vl|tov|转发|轉寄|fs)\s?:")
