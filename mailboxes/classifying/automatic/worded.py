"""Known as an automatic answer by several signs, none of which would do alone."""

from mailboxes.classifying.automatic.answer import automatic_answer
from mailboxes.classifying.automatic.marks import weak_marks
from mailboxes.classifying.automatic.senders import is_list_mail, is_report, is_to_many
from mailboxes.classifying.automatic.signs import Reading
from mailboxes.classifying.automatic.subjects import Form, answers, forwards, read_subject
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification

_ENOUGH = 4
_ENOUGH_SAID = 2
_SUBJECT_WEIGHTS = {
    Form.AUTOMATIC_PREFIX: 4,
    Form.AUTOMATIC: 3,
    Form.ABSENT_PREFIX: 3,
    Form.ABSENT: 2,
    Form.RECEIVED: 1,
    Form.SHORT_PREFIX: 1,
}
_OF_PROGRAMS = (Form.AUTOMATIC_PREFIX, Form.AUTOMATIC)
_BRIEF_TEXT = 200
_MAX_MARKS = 3
_MAX_WORDS = 5
# Programs that answer do not write letters.
_LONG_TEXT = 2_500


def worded(inspected: Inspected) -> Classification | None:
    """Weigh header, subject and words; a quotation, a question or the recipient's name speak for a person."""
    if _is_other(inspected):
        return None
    subject = read_subject(inspected.subject)
    marks = list(weak_marks(inspected))
    reading = Reading(inspected)
    if subject is None and not marks and reading.has_quote:
        # Most answers of people end here, before their words are searched.
        return None
    words = dict(reading.signs())
    if subject is None and not words:
        return None
    # What a program says of its answer; that it is a program, notifications show as well.
    said = (_SUBJECT_WEIGHTS[subject.form] if subject else 0) + min(sum(words.values()), _MAX_WORDS)
    weight = (
        said
        + min(len(marks) + ("null return path" in marks), _MAX_MARKS)
        + _is_answer(inspected)
        + (subject is not None and subject.form in _OF_PROGRAMS and len(reading.text) <= _BRIEF_TEXT)
        - _signs_of_others(reading)
    )
    if weight < _ENOUGH or said < _ENOUGH_SAID:
        return None
    evidence = ", ".join([*([subject.form.value] if subject else []), *marks, *words])
    return automatic_answer(inspected, rule="automatic.worded", evidence=evidence[:200])


def _is_other(inspected: Inspected) -> bool:
    """True for reports, mail of lists and to several people, what people forward, and what programs send unasked."""
    return (
        is_report(inspected)
        or is_list_mail(inspected)
        or is_to_many(inspected)
        or forwards(inspected.subject)
        or any(part.content_type in _NEVER_AUTOMATIC for part in inspected.mail.attachments)
    )


def _is_answer(inspected: Inspected) -> bool:
    return bool(inspected.mail.in_reply_to or inspected.mail.references) or answers(inspected.subject)


def _signs_of_others(reading: Reading) -> int:
    """Return the weight of what people do, and of what shops and sign-up forms send."""
    return (
        2 * reading.has_quote
        + reading.asks
        + 3 * reading.greets_by_name
        + 4 * reading.is_transaction
        + (len(reading.text) > _LONG_TEXT)
    )


_NEVER_AUTOMATIC = frozenset({"text/calendar", "message/rfc822", "message/delivery-status", "application/pdf"})
