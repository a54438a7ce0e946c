"""The first steps of an account: from nothing to the first message."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from servers.models import IncomingServer, OutgoingServer


@dataclass(frozen=True)
class FirstStep:
    """One of the three steps; `is_next` marks the first that is not done."""

    name: str
    is_done: bool
    is_next: bool


def steps_of(membership: Membership) -> list[FirstStep]:
    """Return the steps "mailbox", "servers" and "message", in order, as this person sees them."""
    mine = Mailbox.objects.visible_to(membership)
    received = IncomingServer.objects.filter(mailbox=OuterRef("pk"), last_success_at__isnull=False)
    sent = OutgoingServer.objects.filter(mailbox=OuterRef("pk"), last_success_at__isnull=False)
    done = {
        "mailbox": mine.exists(),
        "servers": mine.filter(Exists(received) | Exists(sent)).exists(),
        "message": mine.filter(first_mail_at__isnull=False).exists(),
    }
    upcoming = next((name for name, is_done in done.items() if not is_done), None)
    return [FirstStep(name, is_done, is_next=name == upcoming) for name, is_done in done.items()]
