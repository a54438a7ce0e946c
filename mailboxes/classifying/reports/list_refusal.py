"""What the list manager FML writes to the sender of a mail that it did not pass on to the list."""

import re

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Kind, Reason
from mailboxes.classifying.original import notice_of, original_of
from mailboxes.classifying.reports.verdicts import failed


def list_refusal(inspected: Inspected) -> Classification | None:
    """Recognise a refusal by FML: the writer is no member, or the mail has been there before."""
    if not inspected.has("x-mlserver"):
        return None
    text = notice_of(inspected.text)
    found = _REFUSAL.search(text) or _REFUSAL.search(inspected.subject)
    if found is None:
        return None
    named = _LIST.search(text)
    original = original_of(inspected)
    address = named[1] if named else next(iter(original.recipients), "")
    recipient = failed(address, " ".join(text.split()), context=inspected.subject) if address else None
    if recipient is not None and recipient.reason is Reason.UNKNOWN:
        recipient = failed(address, f"not a member {found[0]}")
    return Classification(
        Kind.BOUNCE,
        "list_refusal",
        found[0][:80],
        recipients=(recipient,) if recipient else (),
        original_message_id=original.message_id,
    )


_REFUSAL = re.compile(
    r"not member article|reject mail|reject since|reject spammers|is rejected|"
    r"you [^\n]{0,80}are not (?:a )?member|loop alert|loop back warning|unix from loop|"
    r"duplicated message-id|has detected a loop|security alert|fml system error",
    re.IGNORECASE,
)
_LIST = re.compile(r"<([^<>\s]{1,64}@[^<>\s]{1,255}?)>")
