"""Marked as an automatic answer in its header."""

from mailboxes.classifying.automatic.answer import automatic_answer
from mailboxes.classifying.automatic.marks import sure_mark
from mailboxes.classifying.automatic.senders import is_report, speaks_of_delivery
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def marked(inspected: Inspected) -> Classification | None:
    """Mail systems set the same marks on what they return, so their words go before."""
    mark = sure_mark(inspected)
    if not mark or is_report(inspected) or speaks_of_delivery(inspected):
        return None
    return automatic_answer(inspected, rule="automatic.marked", evidence=mark)


def marked_after_all(inspected: Inspected) -> Classification | None:
    """What sounded as if it came from a mail system, and is none of the reports that are known."""
    mark = sure_mark(inspected)
    if not mark or is_report(inspected) or not inspected.sender:
        return None
    return automatic_answer(inspected, rule="automatic.marked_after_all", evidence=mark)
