"""A delivery status notification (RFC 3464), as long as its report part can be found."""

import re

from mailboxes.addresses import normalise
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, FailedRecipient, Kind
from mailboxes.classifying.original import Original, notice_of, original_of
from mailboxes.classifying.reports.blamed import recipients_blamed
from mailboxes.classifying.reports.challenge import challenge_in, waiting
from mailboxes.classifying.reports.delays import is_about_delay
from mailboxes.classifying.reports.notices import notice_text
from mailboxes.classifying.reports.status_fields import StatusFields, address_in, recipient_fields
from mailboxes.classifying.reports.verdicts import clean_status, failed
from mailboxes.mime.charsets import decode

REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status")


def delivery_status(inspected: Inspected) -> Classification | None:
    """Say what a report with a delivery status is about; None for a mail without one, or that a person sent on."""
    reports = [decode(octets, "") for octets in inspected.part_octets(*REPORT_TYPES)]
    if not reports or not _is_report_itself(inspected):
        return None
    fields = [one for report in reports for one in recipient_fields(report)]
    if held := _challenge(inspected, fields):
        return held
    return reported(inspected, fields, rule="delivery_status")


def reported(inspected: Inspected, fields: list[StatusFields], *, rule: str) -> Classification | None:
    """Say what the fields of all recipients amount to: one failure outweighs all else, a delay all success."""
    original = original_of(inspected)
    is_late = is_about_delay(inspected, notice_text(inspected))
    outcomes = [_outcome(one, is_late=is_late) for one in fields]
    for kind, outcome in ((Kind.BOUNCE, _FAILED), (Kind.DELAYED, _DELAYED)):
        concerned = [one for one, found in zip(fields, outcomes, strict=True) if found == outcome]
        recipients = _recipients(inspected, concerned, original, has_failed=outcome == _FAILED)
        if recipients:
            evidence = f"Action: {outcome}"
            return Classification(kind, rule, evidence, recipients=recipients, original_message_id=original.message_id)
    if fields:
        return Classification(
            Kind.AUTO_REPLY, rule, "A report that it was delivered", original_message_id=original.message_id
        )
    return None


def _challenge(inspected: Inspected, fields: list[StatusFields]) -> Classification | None:
    """Some who let nobody in without a proof say so in this form."""
    if any(_CONFIRMATION.search(one["diagnostic-code"]) for one in fields):
        return waiting(inspected, "The sender has to confirm something")
    evidence = "" if inspected.is_from_daemon else challenge_in(inspected)
    return waiting(inspected, evidence) if evidence else None


def _is_report_itself(inspected: Inspected) -> bool:
    """False for what a person sent on: a report came to them, and they have put it into a mail of their own."""
    if inspected.content_type.startswith("multipart/report") or inspected.is_from_mail_server:
        return True
    if inspected.has_null_return_path or inspected.mail.auto_submitted != "no":
        return True
    return not inspected.is_passed_on and not inspected.mail.in_reply_to


def _outcome(fields: StatusFields, *, is_late: bool) -> str:
    if fields.action in _ACTIONS:
        return _ACTIONS[fields.action]
    status = clean_status(fields["status"]) or clean_status(fields["diagnostic-code"])
    if status.startswith("2"):
        return _DELIVERED
    return _DELAYED if is_late and not status.startswith("5") else _FAILED


def _recipients(
    inspected: Inspected, fields: list[StatusFields], original: Original, *, has_failed: bool
) -> tuple[FailedRecipient, ...]:
    found: dict[str, FailedRecipient] = {}
    context = notice_of(inspected.text) if len(fields) <= _FEW else ""
    for one in fields:
        address, other = _addresses(one, original)
        if not address and len(fields) == 1:
            blamed = recipients_blamed(inspected, original, notice_text(inspected))
            address = next((other.address for other in blamed), "")
        if not address or normalise(address) in found:
            continue
        diagnostic = one["diagnostic-code"].strip()
        kind, semicolon, words = diagnostic.partition(";")
        if not semicolon or " " in kind.strip():
            words = diagnostic
        remark = one["status"].partition("(")[2].rstrip(")") or one["action"].partition("(")[2].rstrip(")")
        found[normalise(address)] = failed(
            address,
            words.strip() or remark,
            status=one["status"],
            otherwise=has_failed,
            context=f"{remark} {inspected.subject} {context}",
            original_address=other,
            is_late=not has_failed,
        )
    return tuple(found.values())


def _addresses(fields: StatusFields, original: Original) -> tuple[str, str]:
    """Return the address that the sender wrote to, and the other one that the report names."""
    asked = address_in(fields["original-recipient"]) or address_in(fields["x-original-recipient"])
    final = address_in(fields["final-recipient"])
    actual = address_in(fields["x-actual-recipient"])
    named = [one for one in (asked, final, actual) if "@" in one] or [one for one in (asked, final, actual) if one]
    if not named:
        return "", ""
    written_to = next((one for one in named if normalise(one) in original.recipients), named[0])
    return written_to, next((one for one in named if one != written_to), "")


_CONFIRMATION = re.compile(r"requires confirmation|guest list", re.IGNORECASE)
_FAILED, _DELAYED, _DELIVERED = "failed", "delayed", "delivered"
_ACTIONS = {
    "failed": _FAILED,
    "failure": _FAILED,
    "fail": _FAILED,
    "error": _FAILED,
    "undeliverable": _FAILED,
    "rejected": _FAILED,
    "delayed": _DELAYED,
    "deferred": _DELAYED,
    "delay": _DELAYED,
    "delivered": _DELIVERED,
    "deliverable": _DELIVERED,
    "relayed": _DELIVERED,
    "expanded": _DELIVERED,
    "success": _DELIVERED,
}
# Of many recipients none is explained by the words above.
_FEW = 3
