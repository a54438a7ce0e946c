"""As whom a mail goes out: what its header and its envelope say of the sender (SPEC M11, M12)."""

from dataclasses import dataclass

from mailboxes.addresses import Address
from mailboxes.composing import Composition
from mailboxes.reply_results import is_proven
from servers.models import OutgoingServer
from servers.models.outgoing import Transport


@dataclass(frozen=True)
class Identity:
    """The From and Reply-To fields, and the envelope sender (RFC 5321 §4.1.1.2)."""

    from_: Address
    reply_to: tuple[Address, ...]
    mail_from: str


def identity_for(server: OutgoingServer, composition: Composition, *, is_probe: bool) -> Identity:
    """Return as whom `server` may send what was written.

    The platform's server would send for anybody, so an address is claimed there only once it is proven: until then
    the mail comes from the direct address, and answers go to the address that was meant.
    """
    if _may_claim_address(server):
        return Identity(composition.from_, composition.reply_to, server.mail_from)
    direct = server.mailbox.direct_address
    # Whatever answers a probe would show its token to whoever is named here, so it names the platform alone.
    reply_to = () if is_probe else composition.reply_to or (Address("", server.from_address),)
    return Identity(Address(composition.from_.display_name, direct), reply_to, direct)


def sender_address(server: OutgoingServer) -> str:
    """Return the address in From of what a person sends through `server`."""
    return server.from_address if _may_claim_address(server) else server.mailbox.direct_address


def bounce_address(server: OutgoingServer) -> str:
    """Return the envelope sender of what `server` sends."""
    return server.mail_from if _may_claim_address(server) else server.mailbox.direct_address


def _may_claim_address(server: OutgoingServer) -> bool:
    return server.transport != Transport.PLATFORM or is_proven(server)
