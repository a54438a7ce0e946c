"""What people send stands in the Sent folder of their mailbox too (SPEC M28)."""

from mailboxes import appending, tasks
from mailboxes.models import OutgoingMessage
from mailhub import clock


def copy_to_sent(outgoing: OutgoingMessage) -> None:
    """Have a copy put into the Sent folder, once the message was taken for at least one recipient."""
    copy = appending.plan(outgoing, now=clock.now())
    if copy is not None:
        tasks.append_sent_copies.ring(copy.tenant_id, copy.server_id)
