"""What follows when an outgoing message is settled for all its recipients."""

from mailboxes.models import Delivery, OutgoingMessage


def record_settled(outgoing: OutgoingMessage) -> None:
    """Forget the bytes of security mail once nobody waits for them any more (SPEC T8).

    The row stays with its states; the sweep of the storage removes what no row names.
    """
    if not outgoing.is_confidential:
        return
    if outgoing.deliveries.exclude(state__in=Delivery.SETTLED).exists():
        return
    OutgoingMessage.objects.filter(pk=outgoing.pk).update(raw_sha256="")
