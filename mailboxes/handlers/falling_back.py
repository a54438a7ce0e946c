"""What follows when a tenant's own server did not take mail of mailhub itself."""

from mailboxes import system_mail
from mailboxes.models import OutgoingMessage
from mailhub import clock


def fall_back_to_platform(outgoing: OutgoingMessage) -> None:
    """Send security mail that failed through the platform; it runs before its bytes are forgotten (SPEC T8)."""
    system_mail.fall_back(outgoing, now=clock.now())
