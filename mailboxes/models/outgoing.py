"""Messages that go out: the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox, OfMailboxQuerySet
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel
from servers.models import OutgoingServer

# A letter to more people than this is a circular.
LARGEST_ROUND = 10


class OutgoingMessageQuerySet(OfMailboxQuerySet):
    def visible_to(self, membership: Membership) -> OfMailboxQuerySet:
        """Those of the mailboxes that this person may use; security mail is on nobody's screen (SPEC T8)."""
        return super().visible_to(membership).filter(is_confidential=False)


class OutgoingMessageManager(TenantManager.from_queryset(OutgoingMessageQuerySet)):  # type: ignore[misc]
    pass


class OutgoingMessage(TenantModel):
    """One complete mail of ours with its envelope, and one `Delivery` for each recipient."""

    class Origin(models.TextChoices):
        PERSON = "person", "A person"
        SYSTEM = "system", "mailhub itself"
        PROBE = "probe", "Reply check"
        AUTOMATIC = "automatic", "An automatic answer"
        FORWARD = "forward", "A forward of rejected mail"
        SEQUENCE = "sequence", "A sequence"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="outgoing_messages", db_index=False)
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="outgoing_messages")
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="outgoing_messages", db_index=False
    )
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.PERSON)
    written_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    message_id = models.TextField()
    mail_from = models.CharField("envelope from", max_length=320, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=320)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    subject = models.CharField(max_length=500, blank=True)
    snippet = models.CharField(max_length=200, blank=True)
    attachment_names = models.JSONField(default=list)
    raw_sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    # Recipients that no header names, as a person chose them; those of the mailbox (SPEC M20) are deliveries only.
    bcc = models.JSONField(default=list, db_default=[])
    # Nothing is handed over before: sending can be undone, or was scheduled. None for what leaves at once.
    send_at = models.DateTimeField(null=True)
    # Nothing is handed over from then on: whoever submitted it takes it back and finds another moment.
    leave_by = models.DateTimeField(null=True)
    # Scheduled by a person, not only held for the moment in which it can be undone.
    is_scheduled = models.BooleanField(default=False, db_default=False)
    # Leave it, if somebody else writes in the conversation before.
    is_held_by_replies = models.BooleanField(default=False, db_default=False)
    # What was done for it (SPEC M18): signed, encrypted, and if not, why.
    smime = models.JSONField(default=dict, db_default={})
    # Whether search knows it.
    is_searchable = models.BooleanField(default=False, db_default=False)
    # Security mail: its bytes are destroyed once it is settled, and no screen shows them (SPEC T8).
    is_confidential = models.BooleanField(default=False)

    objects: ClassVar[OutgoingMessageManager] = OutgoingMessageManager()

    class Meta:
        indexes = [
            models.Index(fields=["mailbox", "created_at"], name="outgoing_by_day"),
            models.Index(fields=["conversation", "created_at"], name="outgoing_of_conversation"),
            models.Index(fields=["tenant", "raw_sha256"], name="outgoing_raw"),
            # Security mail that is not settled, for the sweep.
            models.Index(
                fields=["created_at"],
                condition=models.Q(is_confidential=True, raw_sha256__gt=""),
                name="outgoing_confidential_open",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(is_searchable=False, conversation__isnull=False),
                name="outgoing_to_index",
            ),
            models.Index(
                fields=["conversation", "send_at"],
                condition=models.Q(is_scheduled=True),
                name="outgoing_scheduled",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    @property
    def is_circular(self) -> bool:
        """Whether it went to so many that each who answers gets a conversation of his own."""
        return len(self.to) + len(self.cc) > LARGEST_ROUND

    @property
    def left_at(self) -> datetime:
        """When it left or is to leave, which is where it stands among other messages."""
        return self.send_at or self.created_at

    def raw(self) -> bytes:
        """Return the bytes that are sent; raise BlobMissing when they were destroyed or lost."""
        if not self.raw_sha256:
            raise blobs.BlobMissing(f"The content of message {self.pk} was destroyed.")
        return blobs.get(self.tenant_id, self.raw_sha256)


class SentIdentifier(TenantModel):
    """An identifier that replies may quote: our Message-ID, or what the provider put in its place (SPEC I2)."""

    class Source(models.TextChoices):
        OURS = "ours", "Our Message-ID"
        PROVIDER = "provider", "The provider's identifier"

    outgoing_message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="identifiers")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BigIntegerField()
    text = models.TextField()
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.OURS)

    class Meta:
        # Eight bytes of hash find the row, the text settles collisions: a third of the index that texts need.
        indexes = [models.Index(fields=["mailbox", "key"], name="sent_identifier_key")]

    def __str__(self) -> str:
        return self.text
