"""Mail of lists and newsletters (RFC 2369, RFC 2919)."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind

# Set by the program of a list. Whether it answers a mail of ours makes no difference.
_OF_LISTS = (
    "list-id",
    "list-post",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "x-mailman-version",
    "x-google-group-id",
    "x-yahoo-newman-property",
    "x-list",
    "x-ml-name",
    "x-sympa-to",
)
# Set by those who send to many, and by help desks, too.
_OF_SENDERS = ("list-unsubscribe", "list-unsubscribe-post", "list-help", "list-subscribe", "list-archive", "list-owner")
_OF_CAMPAIGNS = ("feedback-id", "x-campaign", "x-campaignid", "x-campaign-id", "x-mailgun-tag", "x-report-abuse")


def list_mail(inspected: Inspected) -> Classification | None:
    """A field of a list suffices; those of senders do where nothing is answered, or the mail is marked as bulk."""
    found = next((name for name in _OF_LISTS if inspected.first(name)), "")
    if not found and _LIST_LOOP.search(inspected.first("x-loop")[:200]):
        found = "x-loop"
    precedence = inspected.first("precedence").strip().lower()
    if not found and precedence == "list":
        found = "precedence: list"
    if not found:
        found = _sent_to_many(inspected, is_bulk=precedence in ("bulk", "junk"))
    return Classification(Kind.LIST, rule="requests.list_mail", evidence=found) if found else None


def _sent_to_many(inspected: Inspected, *, is_bulk: bool) -> str:
    answers = bool(inspected.mail.in_reply_to or inspected.mail.references)
    of_sender = next((name for name in _OF_SENDERS if inspected.first(name)), "")
    if of_sender and (not answers or is_bulk):
        return of_sender
    of_campaign = next((name for name in _OF_CAMPAIGNS if inspected.first(name)), "")
    return of_campaign if of_campaign and is_bulk and not answers else ""


_LIST_LOOP = re.compile(r"-(?:list|l|users|devel|discuss|announce)@|\blists?\.|@lists?\.", re.IGNORECASE)
