"""What a report in words amounts to."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, FailedRecipient, Kind
from mailboxes.classifying.original import notice_of, original_of
from mailboxes.classifying.reports.blamed import Blamed, recipients_blamed
from mailboxes.classifying.reports.delays import is_about_delay
from mailboxes.classifying.reports.verdicts import failed, is_telling


def notice(inspected: Inspected, *, rule: str, evidence: str) -> Classification:
    """Return what a report in words amounts to. The caller is sure that it is one."""
    original = original_of(inspected)
    text = notice_text(inspected)
    is_delay = is_about_delay(inspected, text)
    blamed = recipients_blamed(inspected, original, text)
    # The words about one recipient do not explain the failure of another.
    is_shared = len(blamed) == 1 or not any(is_telling("\n".join(one.words)) for one in blamed)
    context = f"{inspected.subject}\n{text}" if is_shared else ""
    otherwise = _verdict_of_notice(text)
    return Classification(
        Kind.DELAYED if is_delay else Kind.BOUNCE,
        rule,
        evidence,
        recipients=tuple(_failed(one, context=context, otherwise=otherwise, is_late=is_delay) for one in blamed),
        original_message_id=original.message_id,
    )


def notice_text(inspected: Inspected) -> str:
    """Return the words of the report itself, of the text and of the parts that hold text."""
    return "\n".join(notice_of(text) for text in inspected.texts[:_MAX_TEXTS])


def _failed(one: Blamed, *, context: str, otherwise: bool | None, is_late: bool) -> FailedRecipient:
    """Explain the failure by the paragraph that names the recipient, if that says anything, else by what follows."""
    words = "\n".join(one.words).strip()
    paragraph, _empty_line, rest = words.partition("\n\n")
    if is_telling(paragraph):
        words, context = paragraph, f"{rest}\n{context}"
    return failed(
        one.address,
        words,
        context=context,
        otherwise=otherwise,
        original_address=one.alias_of,
        is_late=is_late,
    )


def _verdict_of_notice(text: str) -> bool | None:
    return True if _PERMANENT.search(" ".join(text.split())) else None


_MAX_TEXTS = 3
_PERMANENT = re.compile(
    r"permanent(?:ly)?[ -](?:fatal |delivery )?(?:error|fail|reject)|failed permanently|fatal errors?|"
    r"i've given up|cannot be delivered|no further (?:delivery )?attempts|will not be retried|"
    r"permanent error|технически невозможно|endgültig|dauerhaft|définitive|permanente|永久",
    re.IGNORECASE,
)
