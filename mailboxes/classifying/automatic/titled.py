"""Called an automatic answer by its subject."""

from mailboxes.classifying.automatic.answer import automatic_answer
from mailboxes.classifying.automatic.senders import is_list_mail, is_report, is_to_many, speaks_of_delivery
from mailboxes.classifying.automatic.subjects import Form, read_subject
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification


def titled(inspected: Inspected) -> Classification | None:
    """Look for "Automatic reply: …" in the words that programs use, before the subject that was answered."""
    sign = read_subject(inspected.subject)
    if sign is None or sign.form is not Form.AUTOMATIC_PREFIX:
        return None
    if is_report(inspected) or is_list_mail(inspected) or is_to_many(inspected) or speaks_of_delivery(inspected):
        return None
    return automatic_answer(inspected, rule="automatic.titled", evidence=inspected.subject[:80])
