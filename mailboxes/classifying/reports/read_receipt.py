"""A disposition notification: somebody, or their mail program, says that a mail was shown or deleted (RFC 8098)."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.original import original_of
from mailboxes.classifying.reports.notices import notice
from mailboxes.identifiers import identifiers_in
from mailboxes.mime.charsets import decode
from mailboxes.mime.structure import read_fields

RECEIPT_TYPES = ("message/disposition-notification", "message/global-disposition-notification")


def read_receipt(inspected: Inspected) -> Classification | None:
    """Recognise a read receipt; a mail that was deleted unread has arrived, too."""
    receipts = inspected.part_octets(*RECEIPT_TYPES)
    if not receipts and "disposition-notification" not in inspected.content_type:
        return None
    if rejected := _REJECTED.search(inspected.text):
        # Dovecot reports in this form that it refused a mail.
        return notice(inspected, rule="read_receipt", evidence=rejected[0])
    original = original_of(inspected).message_id
    for octets in receipts:
        fields, _body = read_fields(octets, 0, len(octets))
        named = identifiers_in(decode(value, "") for value in fields.all("original-message-id"))
        original = next(iter(named), original)
    return Classification(Kind.AUTO_REPLY, "read_receipt", "A read receipt", original_message_id=original)


_REJECTED = re.compile(r"was automatically rejected", re.IGNORECASE)
