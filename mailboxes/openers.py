"""Opens S/MIME mail with the keys and authorities of its account (SPEC M18)."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.db.models.functions import Lower

from mailboxes.models import (
    CorrespondentCertificate,
    Mailbox,
    Message,
    OutgoingMessage,
    SigningIdentity,
    TrustedAuthority,
)
from mailboxes.own_addresses import own_addresses
from mailboxes.parsing import Mail, fingerprint, parse
from mailboxes.smime.decrypting import Identity
from mailboxes.smime.finding import concerns
from mailboxes.smime.opening import Opened, entity_inside, open_mail
from mailboxes.smime.sent import SentSmime
from mailboxes.smime.states import SmimeResult
from mailboxes.smime.verifying import Trust
from servers.models import OutgoingServer


class Closed(Exception):
    """What was shown of an encrypted mail cannot be opened any more: its key is gone."""


class Opener:
    """Opens the mail of one mailbox. Keys and authorities are looked up once, and only if some mail needs them.

    A key opens mail in the mailboxes that use its address; one whose address no mailbox uses, in all of them. So
    nobody can have mail for a colleague opened by sending it to a mailbox of their own.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def open(self, raw: bytes, mail: Mail, *, at: datetime) -> Opened:
        """Open what `raw`, parsed as `mail`, wraps; `at` is when it came."""
        if not concerns(mail):
            return Opened(mail, raw)
        return open_mail(raw, mail, identities=self._identities, trust=self._trust, at=at)

    def open_own(self, raw: bytes, mail: Mail, *, at: datetime) -> Opened:
        """Open mail that was sent from here, without asking whom the account trusts."""
        return open_mail(raw, mail, identities=self._identities, trust=Trust(), at=at)

    def entity_in(self, raw: bytes) -> bytes:
        """Return the octets inside a mail that was opened before."""
        return entity_inside(raw, identities=self._identities)

    @cached_property
    def _identities(self) -> list[Identity]:
        rows = list(SigningIdentity.objects.filter(tenant_id=self._mailbox.tenant_id).defer("private_key"))
        own = own_addresses(self._mailbox)
        of_others = _used_in_mailboxes({row.address for row in rows} - own)
        return [_identity(row) for row in rows if row.address not in of_others]

    @cached_property
    def _trust(self) -> Trust:
        pinned = CorrespondentCertificate.objects.filter(tenant_id=self._mailbox.tenant_id, is_pinned=True)
        return Trust(
            authorities=tuple(row.x509() for row in TrustedAuthority.objects.filter(tenant_id=self._mailbox.tenant_id)),
            pinned=frozenset(pinned.values_list("fingerprint", flat=True)),
        )


def open_sent(outgoing: OutgoingMessage, opener: Opener | None = None) -> Opened:
    """Return a message of ours as it was before it was signed and encrypted; `opener` is of its mailbox.

    Whether our own signature fits is not asked. Raises BlobMissing, Unreadable, or Closed where our key is gone.
    """
    raw = outgoing.raw()
    mail = parse(raw)
    sent = SentSmime.from_json(outgoing.smime)
    if not sent.is_signed and not sent.is_encrypted:
        return Opened(mail, raw)
    if not sent.is_encrypted:
        return open_mail(raw, mail, identities=(), trust=Trust(), at=outgoing.created_at)
    opened = (opener or Opener(outgoing.mailbox)).open_own(raw, mail, at=outgoing.created_at)
    if not opened.result.is_decrypted:
        raise Closed("The key that this message was encrypted for is not here any more.")
    return opened


def entity_of(message: Message) -> bytes:
    """Return the octets that the positions of a message's attachments refer to; raise BlobMissing or Closed."""
    raw = message.raw()
    result = SmimeResult.from_json(message.smime)
    if not result.is_opened:
        return raw
    entity = Opener(message.mailbox).entity_in(raw)
    if fingerprint(entity) != result.entity_sha256:
        raise Closed("The key that this message was encrypted for is not here any more.")
    return entity


def _used_in_mailboxes(addresses: set[str]) -> set[str]:
    """Return which of these normalised addresses belong to some mailbox of the account."""
    if not addresses:
        return set()
    mailboxes = Mailbox.objects.annotate(lowered=Lower("address")).filter(lowered__in=addresses)
    servers = OutgoingServer.objects.annotate(lowered=Lower("from_address")).filter(lowered__in=addresses)
    return {*mailboxes.values_list("lowered", flat=True), *servers.values_list("lowered", flat=True)}


def _identity(row: SigningIdentity) -> Identity:
    return Identity(row.x509(), lambda: row.private_key.reveal())
