"""The one ordered table of rules; the first that knows decides."""

from mailboxes.classifying import automatic, feedback, reports, requests
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.rules import Rule
from mailboxes.parsing import Mail

RULES: tuple[Rule, ...] = (
    *feedback.RULES,
    *reports.STANDARD_RULES,
    *automatic.SURE_RULES,
    *reports.TEXT_RULES,
    *automatic.LIKELY_RULES,
    *requests.RULES,
)


def classify(raw: bytes, mail: Mail) -> Classification:
    """Say what `mail`, parsed from `raw`, is."""
    inspected = Inspected(raw, mail)
    for rule in RULES:
        found = rule(inspected)
        if found is not None:
            return found
    answers = bool(mail.in_reply_to or mail.references)
    return Classification(Kind.REPLY if answers else Kind.NORMAL, rule="none")
