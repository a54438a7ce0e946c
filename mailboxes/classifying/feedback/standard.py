"""Reports in the standard form (RFC 5965)."""

from mailboxes.classifying.feedback.complaint import complaint
from mailboxes.classifying.feedback.fields import read_report
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def standard(inspected: Inspected) -> Classification | None:
    """Look for the part that only reports have; its type does not suffice where a person forwards it."""
    for octets in inspected.part_octets("message/feedback-report"):
        fields = read_report(octets)
        if "feedback-type" in fields or "report-type=" in inspected.content_type:
            found = next(iter(fields.get("feedback-type", ())), "")
            return complaint(inspected, fields, rule="feedback.standard", evidence=f"Feedback-Type: {found[:40]}")
    return None
