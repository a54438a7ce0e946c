"""Stores letters: raw bytes first, then the row (SPEC I1, M14). Called in threads, one letter at a time.

The raw message stays as it came, without a trace field of ours in front of it: a retry after a 250 that the client did
not hear is the same content then, and the same message (docs/decisions/0003). What RFC 5321 §4.4 has in that field and
in Return-Path is kept in columns.
"""

from django.db import IntegrityError, transaction

from mailboxes.inbound.letters import Destination, Letter, Outcome, Settled
from mailboxes.models import Mailbox, Message
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope, unscoped


def find(token: str) -> Destination | None:
    """Return the mailbox that has this token; a deleted one has none any more."""
    with unscoped("a recipient names a mailbox, and only with it the tenant"):
        row = Mailbox.objects.filter(direct_token=token).values_list("tenant_id", "pk", "is_active").first()
    return None if row is None else Destination(*row)


def take_in(letter: Letter) -> Settled:
    """Store a letter in the scope of its tenant. A message that is there already is only found again.

    Raises what the database and the storage raise; bytes that no row names are swept after a day.
    """
    mailbox_id = letter.destination.mailbox_id
    with tenant_scope(letter.destination.tenant_id):
        failpoint("inbound.received")
        digest = blobs.put(letter.destination.tenant_id, letter.raw)
        failpoint("inbound.raw_stored")
        try:
            with transaction.atomic():
                if not Mailbox.objects.filter(pk=mailbox_id).exists():
                    return Settled(Outcome.GONE)
                _row_of(letter, digest).save(force_insert=True)
                failpoint("inbound.before_commit")
        except IntegrityError:
            # A client that did not hear our reply sends it once more: the first one stays.
            if not Message.objects.filter(mailbox_id=mailbox_id, raw_sha256=digest).exists():
                raise
        failpoint("inbound.committed")
    return Settled(Outcome.STORED, digest)


def _row_of(letter: Letter, digest: str) -> Message:
    return Message(
        tenant_id=letter.destination.tenant_id,
        mailbox_id=letter.destination.mailbox_id,
        raw_sha256=digest,
        size=len(letter.raw),
        stored_at=letter.received_at,
        received_at=letter.received_at,
        arrived_by=Message.Arrival.DIRECT,
        envelope_from=letter.envelope_from,
        envelope_to=letter.envelope_to,
    )
