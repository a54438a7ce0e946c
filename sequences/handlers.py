"""Steps of the pipelines that belong to sequences, as settings.PIPELINES names them."""

from mailboxes.models import Mailbox, OutgoingMessage
from mailboxes.receiving.received import Next, Received
from sequences.models import Sequence
from sequences.running import following, tasks
from sequences.stopping import incoming


def on_received(received: Received) -> Next:
    """Stop or pause the sequences that a mail is about, also if it is discarded later (SPEC S4)."""
    if received.is_written_by_us or received.message.is_archived or not incoming.concerns_sequences(received):
        return Next.CONTINUE
    if received.window.once(_has_sequences):
        received.writes.gather(incoming.act, received)
    return Next.CONTINUE


def on_settled(outgoing: OutgoingMessage) -> None:
    """Mark what became of the mail of a step, and ring for what follows; nothing that follows disturbs the settling."""
    if outgoing.origin != OutgoingMessage.Origin.SEQUENCE:
        return
    send = following.mark_settled(outgoing)
    if send is None:
        return
    tasks.follow.ring(send.tenant_id, send.enrollment_id)
    if send.bounced_at is not None:
        tasks.look_at_bounces.ring(send.tenant_id, send.sequence_id)


def _has_sequences(mailbox: Mailbox) -> bool:
    return bool(Sequence.objects.filter(tenant=mailbox.tenant_id).exists())
