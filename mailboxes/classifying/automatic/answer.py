"""What is kept of an automatic answer."""

import re
from datetime import UTC, date, datetime, timedelta

from mailboxes.classifying.automatic import returning
from mailboxes.classifying.automatic.marks import is_vacation_mark
from mailboxes.classifying.automatic.signs import Reading
from mailboxes.classifying.automatic.subjects import Form, SubjectSign, read_subject
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.identifiers import identifiers_in


def automatic_answer(inspected: Inspected, *, rule: str, evidence: str) -> Classification:
    """Return the classification of an automatic answer: whether somebody is away, until when, and what it answers."""
    subject = read_subject(inspected.subject)
    reading = Reading(inspected)
    returns_on = _end_of_apple(inspected) or _return_day(inspected, reading, subject)
    is_away = returns_on is not None or reading.is_absent or is_vacation_mark(evidence)
    return Classification(
        Kind.AUTO_REPLY,
        rule=rule,
        evidence=evidence,
        original_message_id=_original_message_id(inspected),
        is_out_of_office=is_away or (subject is not None and subject.is_absence),
        returns_on=returns_on,
    )


def _return_day(inspected: Inspected, reading: Reading, subject: SubjectSign | None) -> date | None:
    found = returning.returns_on(reading.text, inspected.mail.sent_at)
    if found is None and subject is not None and subject.form is Form.ABSENT:
        found = returning.returns_on(inspected.subject, inspected.mail.sent_at)
    return found


def _end_of_apple(inspected: Inspected) -> date | None:
    """Return the day after `endDate` of X-Apple-Criteria: the last second of the last day away, in UTC."""
    match = _APPLE_END.search(inspected.first("x-apple-criteria")[:_MAX_CRITERIA])
    if match is None:
        return None
    try:
        end = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    # Midnight of somebody east of Greenwich falls on the afternoon before; of somebody west of it, on the morning.
    return (end + timedelta(hours=12)).date() if end.year < _LAST_YEAR else None


def _original_message_id(inspected: Inspected) -> str:
    """Return the mail that is answered: In-Reply-To, or what stands for it."""
    mail = inspected.mail
    if mail.in_reply_to:
        return mail.in_reply_to[0]
    if mail.references:
        return mail.references[-1]
    return next(iter(identifiers_in([inspected.first("x-ms-exchange-parent-message-id")])), "")


_APPLE_END = re.compile(r"endDate=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
_MAX_CRITERIA = 400
_LAST_YEAR = 2100
