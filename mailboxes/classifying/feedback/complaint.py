"""What is kept of a complaint."""

from mailboxes.classifying.feedback.enclosed import Enclosed, enclosed_in
from mailboxes.classifying.feedback.fields import Fields, addresses
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, FailedRecipient, Kind
from mailboxes.identifiers import identifiers_in

# What a provider reports that people do not like, if it does not say more (RFC 5965 §7.3).
ABUSE = "abuse"
_MAX_TYPE = 40
# Reports of machines, or of people who are content: nobody complained (RFC 6591, RFC 6430).
_NOBODY_COMPLAINED = frozenset({"auth-failure", "not-spam", "dmarc"})


def complaint(inspected: Inspected, fields: Fields, *, rule: str, evidence: str) -> Classification:
    """Return the classification of a report with these fields: its type, who complained, and about which mail.

    Every report in the form of RFC 5965 is a feedback report; of those that are no complaints, `recipients` is empty.
    """
    enclosed = enclosed_in(inspected)
    feedback_type = _type(fields)
    complained = () if feedback_type in _NOBODY_COMPLAINED else _who_complained(fields, enclosed)
    named = identifiers_in([*fields.get("original-message-id", ()), *fields.get("message-id", ())])
    return Classification(
        Kind.FEEDBACK_REPORT,
        rule=rule,
        evidence=evidence,
        recipients=tuple(FailedRecipient(address, is_permanent=None) for address in complained),
        original_message_id=enclosed.message_id or next(iter(named), ""),
        feedback_type=feedback_type,
    )


def _type(fields: Fields) -> str:
    words = next(iter(fields.get("feedback-type", ())), "").lower().split()
    return words[0].strip("\"';,")[:_MAX_TYPE] if words else ABUSE


def _who_complained(fields: Fields, enclosed: Enclosed) -> tuple[str, ...]:
    told = addresses(
        [
            *fields.get("original-rcpt-to", ()),
            *fields.get("removal-recipient", ()),
            *fields.get("original-recipient", ()),
        ]
    )
    return told or enclosed.recipients
