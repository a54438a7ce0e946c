"""What Amazon SES tells about a mail as JSON, sent by mail through Amazon SNS."""

import json
from typing import Any

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, FailedRecipient, Kind
from mailboxes.classifying.reports.verdicts import failed


def ses_notification(inspected: Inspected) -> Classification | None:
    """Recognise a bounce or a delivery among the notifications of Amazon SES; complaints are another rule's."""
    text = inspected.text.strip()
    if not text.startswith("{") or '"notificationType"' not in text[:_BEGINNING]:
        return None
    content = _content(text)
    bounce, mail = _object(content, "bounce"), _object(content, "mail")
    if content.get("notificationType") == "Delivery":
        return Classification(Kind.AUTO_REPLY, _RULE, "A report that it was delivered")
    if content.get("notificationType") != "Bounce":
        return None
    is_permanent = {"Permanent": True, "Transient": False}.get(str(bounce.get("bounceType")))
    listed = bounce.get("bouncedRecipients")
    entries = listed[:_MAX_RECIPIENTS] if isinstance(listed, list) else []
    recipients = [_recipient(one, is_permanent) for one in entries if isinstance(one, dict)]
    return Classification(
        Kind.BOUNCE,
        _RULE,
        "notificationType: Bounce",
        recipients=tuple(one for one in recipients if "@" in one.address),
        original_message_id=str(mail.get("messageId") or "")[:_MAX_IDENTIFIER],
    )


def _content(text: str) -> dict[str, Any]:
    try:
        # What the mailing program wrapped is not part of a string; a footer follows.
        content, _end = json.JSONDecoder(strict=False).raw_decode(text.replace("!\n ", ""))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _object(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _recipient(listed: dict[str, Any], is_permanent: bool | None) -> FailedRecipient:
    return failed(
        str(listed.get("emailAddress") or "")[:_MAX_IDENTIFIER],
        str(listed.get("diagnosticCode") or "").partition(";")[2].strip(),
        status=str(listed.get("status") or ""),
        otherwise=is_permanent,
    )


_RULE = "ses_notification"
_BEGINNING = 2000
_MAX_RECIPIENTS = 200
_MAX_IDENTIFIER = 320
