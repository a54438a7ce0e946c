"""Complaints of SpamCop."""

import re

from mailboxes.classifying.feedback.complaint import complaint
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def spamcop(inspected: Inspected) -> Classification | None:
    """SpamCop quotes the mail as text."""
    if not _SENDER.search(inspected.sender) or not _SUBJECT.match(inspected.subject):
        return None
    return complaint(inspected, {}, rule="feedback.spamcop", evidence=inspected.subject[:80])


_SENDER = re.compile(r"@(?:reports\.)?spamcop\.net$")
_SUBJECT = re.compile(r"\[spamcop \(", re.IGNORECASE)
