"""When somebody who is away is back, as their automatic answer tells it."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import IntEnum

from mailboxes.classifying.automatic.dates import MONTH, WEEKDAY, Mention, Order, dates_in
from mailboxes.classifying.automatic.words import returns as words
from mailboxes.classifying.folding import folded, pattern

# No vacation note is longer; what follows is a signature or a disclaimer.
_MAX_TEXT = 4_000
_MAX_MENTIONS = 40


class Meaning(IntEnum):
    """What a date means by the words next to it; the smaller is the clearer."""

    BACK = 1
    LAST_DAY = 2
    UNTIL = 3


def returns_on(text: str, sent_at: datetime | None) -> date | None:
    """Return the day on which the writer of `text` is back; None if it is not told, or could be either of two days.

    A day without a year is the next such day after `sent_at`. What lies in the past, or more than a year ahead, is not
    meant. "Until Friday" is taken for that Friday; "through Friday" and "from 3 to 14 August" for the day after.
    """
    plain = folded(" ".join(text[:_MAX_TEXT].split()))
    mentions = list(dates_in(plain))[:_MAX_MENTIONS]
    text_order = _order_of(mentions)
    found: dict[Meaning, date] = {}
    for mention in mentions:
        before, after = _sentence_around(plain, mention)
        meaning, extra_days = _meaning(mention, before, after)
        if meaning is None:
            continue
        order = text_order if _ENGLISH.search(before) else Order.DAY_FIRST
        if _ASIAN.search(before[-_NEAR:] + after[:_NEAR]):
            order = Order.MONTH_FIRST
        day = _day(mention, order, sent_at)
        if day is not None:
            found.setdefault(meaning, day + timedelta(days=extra_days))
    if not found and sent_at is not None and _BACK_TOMORROW.search(plain):
        return sent_at.date() + timedelta(days=1)
    return found[min(found)] if found else None


def _order_of(mentions: list[Mention]) -> Order:
    """Return the order in which this text writes its dates, as those tell that can be read in one way only."""
    orders = {mention.order for mention in mentions} - {None, Order.OPEN}
    return Order.OPEN if len(orders) != 1 else orders.pop() or Order.OPEN


def _sentence_around(plain: str, mention: Mention) -> tuple[str, str]:
    before = plain[max(0, mention.start - _WINDOW) : mention.start]
    after = plain[mention.end : mention.end + _WINDOW]
    return _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after)[0]


def _meaning(mention: Mention, before: str, after: str) -> tuple[Meaning | None, int]:
    """Return what the date between the two means, and how many days later the writer is back."""
    if mention.weekday is not None and (_OPENING_HOURS.search(before) or _RANGE_FOLLOWS.match(after)):
        return None, 0
    if mention.ends_range:
        return Meaning.LAST_DAY, 1
    if _BACK_AFTER.search(before):
        return Meaning.BACK, 1
    if (_BACK.search(before) and not _RANGE_FOLLOWS.match(after)) or _BACK_FOLLOWS.match(after):
        return Meaning.BACK, 0
    if _UNTIL_FOLLOWS_ASIAN.match(after) or _INCLUSIVE.search(before) or _RANGE.search(before):
        return Meaning.LAST_DAY, 1
    if _UNTIL.search(before) or _UNTIL_FOLLOWS.match(after):
        return (Meaning.LAST_DAY, 1) if _INCLUSIVE_FOLLOWS.match(after) else (Meaning.UNTIL, 0)
    return None, 0


def _day(mention: Mention, order: Order, sent_at: datetime | None) -> date | None:
    """Return the day that is meant, at the earliest that of the mail; None if it is not sure."""
    if mention.weekday is not None:
        return _next_weekday(mention.weekday, sent_at)
    day, month = mention.day, mention.month
    if mention.order is Order.OPEN:
        if order is Order.OPEN:
            return None
        if order is Order.MONTH_FIRST:
            day, month = month, day
    return next(_candidates(day, month, mention.year, sent_at), None)


def _candidates(day: int, month: int, year: int | None, sent_at: datetime | None) -> Iterator[date]:
    if year is None and sent_at is None:
        return
    years = [year] if year is not None else [sent_at.year, sent_at.year + 1] if sent_at else []
    furthest = _A_YEAR if year is not None else _MOST_OF_A_YEAR
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            # The thirtieth of February.
            continue
        if sent_at is None or timedelta(0) <= found - sent_at.date() <= furthest:
            yield found


def _next_weekday(weekday: int, sent_at: datetime | None) -> date | None:
    if sent_at is None:
        return None
    return sent_at.date() + timedelta(days=(weekday - sent_at.weekday()) % 7 or 7)


_A_YEAR = timedelta(days=366)
# A note that was forgotten names a day that is over: without a year it would be read as one of the next.
_MOST_OF_A_YEAR = timedelta(days=270)
_WINDOW = 80
_NEAR = 12
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})\.\s|[!?;。！？]")

_NOT = "".join(rf"(?<!{folded(word)})" for word in words.NOT)
_UNTIL_WORDS = pattern(*words.UNTIL).pattern
# Up to six words that are no numbers may stand between the word and its date: "back in the office on Monday, the 3rd".
_GAP = rf"(?:[\s,:(]{{1,2}}(?!(?:{_UNTIL_WORDS})(?:\s|$))[^\s\d,:()]{{1,16}}){{0,6}}?[\s,:(]{{0,3}}$"
_SHORT_GAP = r"(?:[\s,:(]{1,2}[^\s\d,:()]{1,12}){0,3}?[\s,:(]{0,3}$"
_BACK_WORDS = pattern(*words.BACK).pattern
_BACK = re.compile(rf"{_NOT}(?:{_BACK_WORDS}){_GAP}")
_BACK_AFTER = re.compile(
    rf"{_NOT}(?:{_BACK_WORDS})(?:[\s,][^\s\d,]{{1,16}}){{0,4}}?\s{folded(words.AFTER)}{_SHORT_GAP}"
)
_BACK_FOLLOWS = re.compile(
    rf"[\s,)]{{0,3}}(?:{pattern(*words.BACK_AFTER).pattern})|{pattern(unspaced=words.BACK_AFTER_UNSPACED).pattern}"
)
_BACK_TOMORROW = re.compile(rf"{_NOT}(?:{_BACK_WORDS})(?:\s[^\s\d,]{{1,12}}){{0,4}}?\s{folded(words.TOMORROW)}\b")
_UNTIL = re.compile(rf"(?:{_UNTIL_WORDS}){_SHORT_GAP}")
_UNTIL_FOLLOWS = re.compile(rf"[\s-]{{0,2}}(?:{pattern(*words.UNTIL_AFTER).pattern})")
_UNTIL_FOLLOWS_ASIAN = pattern(unspaced=tuple(rf"\s?(?:{word})" for word in words.UNTIL_AFTER_UNSPACED))
_INCLUSIVE = re.compile(rf"(?:{pattern(*words.INCLUSIVE).pattern}){_SHORT_GAP}")
_INCLUSIVE_FOLLOWS = re.compile(rf"[\s,(]{{0,3}}(?:{pattern(*words.INCLUSIVE).pattern})")
_TO = folded(words.TO)
_DAY = rf"(?:\d(?:st|nd|rd|th|er|\.|日|일|号)?|\b(?:{MONTH})[^\W\d_]{{0,3}})"
_RANGE = re.compile(
    rf"{_DAY}[\s,.)]{{0,3}}(?:\([^)]{{1,4}}\))?\s?{_TO}{_SHORT_GAP}|\b{words.BETWEEN}\b.{{1,40}}\b{words.AND}{_SHORT_GAP}"
)
_RANGE_FOLLOWS = re.compile(
    rf"[\s,.)]{{0,3}}(?:\([^)]{{1,4}}\))?\s?{_TO}\s?(?:[^\s\d]{{1,12}}\s){{0,2}}(?:\d|{WEEKDAY})"
)
_OPENING_HOURS = re.compile(rf"\b(?:{WEEKDAY})[^\W\d_]{{0,3}}\s?{_TO}\s?$")
_ENGLISH = pattern(*words.ENGLISH)
_ASIAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
