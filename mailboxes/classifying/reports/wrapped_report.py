"""A report that a filter on the way has put into a report of its own, without saying whom it is about."""

from dataclasses import replace

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification
from mailboxes.classifying.reports.delivery_status import delivery_status
from mailboxes.parsing import Unreadable, parse


def wrapped_report(inspected: Inspected) -> Classification | None:
    """Read the report inside the report of a mail server."""
    if not inspected.is_from_mail_server or inspected.is_passed_on:
        return None
    for octets in inspected.part_octets("message/rfc822"):
        if b"report-type=" not in octets[:_HEADER].lower() or b"delivery-status" not in octets[:_HEADER].lower():
            continue
        try:
            inner = Inspected(octets, parse(octets))
        except Unreadable:
            continue
        found = delivery_status(inner)
        if found is not None:
            return replace(found, rule="wrapped_report")
    return None


_HEADER = 16 * 1024
