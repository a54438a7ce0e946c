"""Does an address belong to a mailbox that is polled here, of whichever account?"""

from django.conf import settings
from django.db.models import Q

from mailboxes.addresses import normalise
from mailboxes.models import Mailbox
from mailhub.tenancy.scope import unscoped
from servers.models import OutgoingServer

# The same words for every account's addresses: who else is a customer is nobody's business.
NOT_ANSWERED = "Mail of this address gets no automatic answer: another computer may read it."


def is_hosted(addr_spec: str) -> bool:
    """Whether mail to this address would come into a mailbox that may answer by itself (SECURITY TC9).

    Looks at every account; callers learn yes or no, and may use it for nothing but to keep quiet.
    """
    address = normalise(addr_spec)
    if address.rpartition("@")[2] == settings.DIRECT_MAIL_DOMAIN.lower():
        return True
    with unscoped("a loop may run between mailboxes of two accounts"):
        if Mailbox.objects.filter(address__iexact=address).exists():
            return True
        speaks_as = Q(from_address__iexact=address) | Q(reply_to__iexact=address)
        return OutgoingServer.objects.filter(speaks_as, mailbox__deleted_at=None).exists()
