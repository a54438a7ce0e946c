"""Reports whose fields stand in the text, because their MIME structure is damaged or was never there."""

import re

from mailboxes.classifying.feedback.complaint import complaint
from mailboxes.classifying.feedback.fields import read_lines
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification

_ENOUGH = 2
_FIELDS = (
    "user-agent",
    "version",
    "source-ip",
    "original-mail-from",
    "original-rcpt-to",
    "arrival-date",
    "received-date",
    "reported-domain",
    "abuse-type",
)


def pasted(inspected: Inspected) -> Classification | None:
    """Look for Feedback-Type with two other fields of a report; not in what people answer or pass on."""
    for text in inspected.texts:
        start = _FEEDBACK_TYPE.search(text)
        if start is None:
            continue
        if "report-type=feedback-report" not in inspected.content_type.replace('"', "") and _is_by_a_person(inspected):
            continue
        # The fields may stand in any order.
        fields = read_lines(text[_beginning_of_block(text, start.start()) :].lstrip("\n").split("\n"))
        if sum(name in fields for name in _FIELDS) >= _ENOUGH:
            return complaint(inspected, fields, rule="feedback.pasted", evidence=start[0].strip()[:60])
    return None


def _is_by_a_person(inspected: Inspected) -> bool:
    return bool(inspected.mail.in_reply_to) or inspected.is_passed_on


def _beginning_of_block(text: str, position: int) -> int:
    return text.rfind("\n\n", max(0, position - _BLOCK), position) + 1


_BLOCK = 2_000
_FEEDBACK_TYPE = re.compile(r"^Feedback-Type:[ \t]{0,10}[a-z-]{3,30}\b", re.IGNORECASE | re.MULTILINE)
