"""Complaints of the Junk Mail Reporting Program of Microsoft."""

import re

from mailboxes.classifying.feedback.complaint import complaint
from mailboxes.classifying.feedback.enclosed import enclosed_in
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def hotmail(inspected: Inspected) -> Classification | None:
    """The Junk Mail Reporting Program of Microsoft encloses the mail and says no more; Amazon passes it on."""
    is_titled = _ABOUT_MESSAGE.match(inspected.subject) is not None
    if not is_titled and not inspected.parts("message/rfc822"):
        return None
    is_known = _REPORTERS.search(inspected.sender) is not None or enclosed_in(inspected).is_from_hotmail
    if not is_known or not (is_titled or inspected.sender.startswith("staff@")) or inspected.is_passed_on:
        return None
    return complaint(inspected, {}, rule="feedback.hotmail", evidence=inspected.subject[:80])


_ABOUT_MESSAGE = re.compile(r"complaint about message from \[?(?:\d{1,3}\.\d|[0-9a-f]{1,4}:)", re.IGNORECASE)
_REPORTERS = re.compile(r"@(?:hotmail|outlook|live|msn|microsoft)\.com$|@email-abuse\.amazonses\.com$")
