"""The outgoing servers that the mail of a sequence leaves through."""

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, Sequence
from servers.models import OutgoingServer

_UNDER_WAY = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)


def servers_in_use(sequence: Sequence, membership: Membership) -> list[OutgoingServer]:
    """Return its default server first, then those of its contacts, with their mailboxes; as far as one may see them."""
    used = Enrollment.objects.filter(sequence=sequence, server=OuterRef("pk"), state__in=_UNDER_WAY)
    rows = OutgoingServer.objects.filter(Q(pk=sequence.server_id) | Exists(used))
    mine = rows.filter(mailbox__in=Mailbox.objects.visible_to(membership)).select_related("mailbox")
    return sorted(mine, key=lambda one: (one.pk != sequence.server_id, str(one), str(one.pk)))
