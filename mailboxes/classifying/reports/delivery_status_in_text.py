"""The fields of RFC 3464 written into the text of a report, or into a part of another type."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification
from mailboxes.classifying.original import notice_of
from mailboxes.classifying.reports.delivery_status import reported
from mailboxes.classifying.reports.status_fields import recipient_fields


def delivery_status_in_text(inspected: Inspected) -> Classification | None:
    """Recognise a report of a mail server whose delivery status stands in its text; Amazon WorkMail sends them."""
    if inspected.is_passed_on or not _may_be_report(inspected):
        return None
    for text in inspected.texts:
        found = _FIRST_FIELD.search(text)
        if found is None or not _RESULT.search(text):
            continue
        fields = recipient_fields(notice_of(text))
        if fields:
            return reported(inspected, fields, rule="delivery_status_in_text")
    return None


def _may_be_report(inspected: Inspected) -> bool:
    return (
        inspected.is_from_mail_server
        or inspected.has_null_return_path
        or inspected.content_type.startswith("multipart/report")
    )


_FIRST_FIELD = re.compile(r"^[ \t]?(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_RESULT = re.compile(r"^[ \t]?(?:action|status|diagnostic-code)[ \t]*:", re.IGNORECASE | re.MULTILINE)
