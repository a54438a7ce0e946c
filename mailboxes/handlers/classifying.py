"""What is it (SPEC I3)?"""

from mailboxes.classifying import Kind
from mailboxes.receiving.received import Next, Received


def classify_mail(received: Received) -> Next:
    """Write down what the mail is; what a person of the mailbox wrote is nothing that the rules know."""
    if received.is_written_by_us:
        return Next.CONTINUE
    found = received.classification
    message = received.message
    message.kind = found.kind
    message.is_out_of_office = found.is_out_of_office
    message.returns_on = found.returns_on
    if found.kind not in (Kind.NORMAL, Kind.REPLY):
        saw = f": {found.evidence}" if found.evidence else ""
        received.note("classify", f"{found.kind.label}, by the rule {found.rule}{saw}")
    return Next.CONTINUE
