"""The first steps of an account: from nothing to mail that comes in and goes out."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from servers.models import IncomingServer, OutgoingServer

# It worked, and nothing has gone wrong since.
_WORKS = Q(is_active=True, last_success_at__isnull=False, failure_count=0)


@dataclass(frozen=True)
class FirstStep:
    """One of the steps; `is_next` marks the first that is not done."""

    name: str
    is_done: bool
    is_next: bool


def steps_of(membership: Membership) -> list[FirstStep]:
    """Return the steps "mailbox", "incoming", "outgoing" and "message", in order, as this person sees them.

    A direction for which no mailbox has a server is left out, unless there is no mailbox yet.
    """
    mine = Mailbox.objects.visible_to(membership)
    has_mailbox = mine.exists()
    done = {"mailbox": has_mailbox}
    for name, servers in (("incoming", IncomingServer.objects), ("outgoing", OutgoingServer.objects)):
        of_mailbox = servers.filter(mailbox=OuterRef("pk"))
        if not has_mailbox or mine.filter(Exists(of_mailbox)).exists():
            done[name] = mine.filter(Exists(of_mailbox.filter(_WORKS)), is_active=True).exists()
    done["message"] = mine.filter(first_mail_at__isnull=False).exists()
    upcoming = next((name for name, is_done in done.items() if not is_done), None)
    return [FirstStep(name, is_done, is_next=name == upcoming) for name, is_done in done.items()]
