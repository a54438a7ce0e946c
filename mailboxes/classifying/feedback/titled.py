"""Complaints that enclose the mail under a subject of their own."""

import re

from mailboxes.classifying.feedback.complaint import complaint
from mailboxes.classifying.feedback.enclosed import has_enclosed
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def titled(inspected: Inspected) -> Classification | None:
    """A feedback loop that sends the mail it is about, under a subject of its own."""
    if inspected.mail.in_reply_to or not has_enclosed(inspected):
        return None
    if _SUBJECT.match(inspected.subject) is None or _LOOP.match(inspected.sender) is None:
        return None
    return complaint(inspected, {}, rule="feedback.titled", evidence=inspected.subject[:80])


_SUBJECT = re.compile(
    r"(?:\[?(?:spam|abuse|complaint|feedback)[ -]?(?:report|complaint|loop)?\]?|e-?mail feedback report|"
    r".{0,40}\babuse report|.{0,40}\b(?:spam|feedback loop) (?:report|complaint))\b",
    re.IGNORECASE,
)
_LOOP = re.compile(
    r"[^@]{0,40}(?:fbl|feedback|scomp|complaint|abuse|spam-?report|arf|feedbackloop|staff|no-?reply)[^@]{0,40}@",
    re.IGNORECASE,
)
