"""Who sent it: a mail system, a list, or somebody to somebody."""

import re

from mailboxes.addresses import normalise
from mailboxes.classifying.folding import folded
from mailboxes.classifying.inspected import Inspected

# Further down stands what is quoted.
_MAX_OPENING = 2_000


def is_report(inspected: Inspected) -> bool:
    """True for what only a mail system sends: reports on a delivery (RFC 3464), on reading (RFC 8098) and the like."""
    if "multipart/report" in inspected.content_type or inspected.has("x-failed-recipients"):
        return True
    local_part = inspected.sender.partition("@")[0]
    if local_part in _MAIL_SYSTEMS:
        return True
    return any(part.content_type in _REPORT_PARTS for part in inspected.mail.attachments)


def speaks_of_delivery(inspected: Inspected) -> bool:
    """True where the words may be those of a mail system that could not deliver."""
    if (
        inspected.is_from_daemon
        or inspected.sender.partition("@")[0] in _MASTERS
        or _FAILED_SUBJECT.search(folded(inspected.subject[:300]))
    ):
        return True
    return _FAILED_TEXT.search(inspected.text[:_MAX_OPENING]) is not None


def is_to_many(inspected: Inspected) -> bool:
    """True for mail to several people: an automatic answer goes to one (RFC 3834 §4)."""
    return len({normalise(one.addr_spec) for one in inspected.mail.to if one.domain}) > 1 or bool(inspected.mail.cc)


def is_list_mail(inspected: Inspected) -> bool:
    return any(inspected.first(name) for name in _LIST_FIELDS)


_MAIL_SYSTEMS = frozenset({"mailer-daemon", "maildaemon", "mail-daemon", "mailerdaemon", "mdaemon", "mailer_daemon"})
_MASTERS = frozenset({"", "hostmaster", "root"})
_REPORT_PARTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    }
)
_FAILED_SUBJECT = re.compile(
    r"undeliver|undelivr|not deliver|non[- ]deliver|deliver(?:y|ed|ing)\b.{0,20}\b(?:fail|status|notif|report|problem|"
    r"delay|error|incomplete|unsuccess)|fail(?:ed|ure)\b.{0,20}\bdeliver|returned (?:mail|to sender|message)|"
    r"mail (?:system|delivery|failure)|failure notice|bounced?\b|non remis|nicht zugestellt|unzustellbar|"
    r"mail could not|message blocked|rejected"
)
_FAILED_TEXT = re.compile(
    r"\b[45]\d\d[ -]#?[45]\.\d{1,2}\.\d|\bcould not be delivered|\bundeliverable|\bunable to deliver|user unknown|"
    r"\bunknown user|delivery (?:to the following|has failed|failed)|recipient address rejected|mailbox unavailable|"
    r"permanent error|wasn't delivered|couldn't be delivered|nicht zugestellt werden",
    re.IGNORECASE,
)
_LIST_FIELDS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
)
