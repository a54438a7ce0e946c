"""Messages that came in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from mailboxes.addresses import Address
from mailboxes.classifying.kinds import Kind
from mailboxes.models.bodies import Body, open_body, seal_body
from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox, OfMailboxQuerySet
from mailboxes.models.outgoing import OutgoingMessage
from mailhub.tenancy import blobs
from mailhub.tenancy.rows import TenantManager, TenantModel
from servers.models import Folder, FolderRole, IncomingServer


class MessageQuerySet(OfMailboxQuerySet):
    def waiting(self) -> MessageQuerySet:
        """Stored, and not yet through the pipeline; in the order of arrival, which is the order of ids.

        New mail waits for no archive.
        """
        return self.filter(state=Message.State.STORED).order_by("is_archived", "id")

    def discarded(self) -> MessageQuerySet:
        """Not taken in, and still there to be looked at."""
        return self.filter(state=Message.State.DISCARDED, discarded_at__isnull=False)

    def put_aside(self) -> MessageQuerySet:
        """Stored, and not read or not processed: people look at them, and have them tried again."""
        return self.filter(state__in=Message.PUT_ASIDE, conversation=None)

    def with_content(self) -> MessageQuerySet:
        """Without those that were discarded so long ago that nothing but their name is left."""
        return self.exclude(state=Message.State.DISCARDED, discarded_at=None)

    def for_list(self) -> MessageQuerySet:
        """Without the columns that only the page of one message needs."""
        return self.defer("sealed_body", "trace", "failure")


class MessageManager(TenantManager.from_queryset(MessageQuerySet)):  # type: ignore[misc]
    pass


class Message(TenantModel):
    """One mail that an incoming server handed over, stored raw, once per mailbox."""

    class State(models.TextChoices):
        STORED = "stored", "Waiting"
        RECEIVED = "received", "Received"
        UNREADABLE = "unreadable", "Unreadable"
        SET_ASIDE = "set_aside", "Set aside"
        # Taken in, and no mail of people: neither is in a conversation, a list or a count.
        PROBE = "probe", "Reply check"
        OWN_COPY = "own_copy", "Copy of what we sent"
        DOUBLE = "double", "The same mail once more"
        # Not taken in, by a discard filter or a limit on attachments; kept for 30 days in a list of its own.
        DISCARDED = "discarded", "Discarded"

    # What waits for a person.
    PUT_ASIDE = (State.SET_ASIDE, State.UNREADABLE)
    # What no list and no count of people shows.
    HIDDEN = (State.PROBE, State.OWN_COPY, State.DOUBLE, State.DISCARDED)

    class Arrival(models.TextChoices):
        """How it came here."""

        POLL = "poll", "Fetched"
        DIRECT = "direct", "Sent to the direct address"

    class Evidence(models.TextChoices):
        """What tied a reply to the message that it answers (SPEC I2)."""

        NONE = "", "None"
        IN_REPLY_TO = "in_reply_to", "In-Reply-To"
        REFERENCES = "references", "References"
        PROVIDER_IDENTIFIER = "provider_identifier", "The provider's identifier"
        REPLY_TOKEN = "reply_token", "The signed address"
        BOUNCED_ORIGINAL = "bounced_original", "The original in the report"
        CORRESPONDENT = "correspondent", "Correspondent and subject"
        PERSON = "person", "A person"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="messages", db_index=False)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.STORED)
    # What kind of folder it was found in first: what stands in Sent was written by a person of this mailbox.
    folder_role = models.CharField(max_length=8, choices=FolderRole.choices, default=FolderRole.INBOX)
    raw_sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    stored_at = models.DateTimeField()
    # When the server took the message in (RFC 9051 §2.3.3), else when we did.
    received_at = models.DateTimeField()
    arrived_by = models.CharField(max_length=8, choices=Arrival.choices, default=Arrival.POLL, db_default=Arrival.POLL)
    # Of what came to the direct address: MAIL FROM and RCPT TO (RFC 5321 §3.3).
    envelope_from = models.CharField(max_length=320, blank=True, default="", db_default="")
    envelope_to = models.CharField(max_length=320, blank=True, default="", db_default="")
    # Was in the inbox before the server was added: nothing automatic happens with it.
    is_archived = models.BooleanField(default=False, db_default=False)

    message_id = models.TextField(blank=True)
    message_id_key = models.BigIntegerField(null=True)
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    reply_to = models.JSONField(default=list)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    subject = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    in_reply_to = models.TextField(blank=True)
    references = models.TextField(blank=True)
    auto_submitted = models.CharField(max_length=40, blank=True)
    snippet = models.CharField(max_length=200, blank=True)
    sealed_body = models.BinaryField(null=True)
    defects = models.JSONField(default=list)

    # What it is (SPEC I3); "" until the rules have looked.
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True, default="", db_default="")
    is_out_of_office = models.BooleanField(default=False, db_default=False)
    returns_on = models.DateField(null=True)
    # Why it counts as spam, in words of the servers or of a person; "" for mail that does not (SPEC Q5).
    spam_because = models.CharField(max_length=200, blank=True, default="", db_default="")
    # What opening S/MIME gave (SPEC M18); empty for mail without.
    smime = models.JSONField(default=dict, db_default={})

    answers = models.ForeignKey(OutgoingMessage, null=True, on_delete=models.SET_NULL, related_name="replies")
    evidence = models.CharField(max_length=24, choices=Evidence.choices, default=Evidence.NONE, blank=True)
    evidence_identifier = models.TextField(blank=True)
    # How sure the match is, from 0 to 100.
    match_score = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Why and when it was discarded (SPEC M23). Taken in after all, it keeps the time alone; a discarded message without
    # a time was emptied after 30 days, and is still known by its content (`mailboxes.intake.expiring`).
    discarded_because = models.CharField(max_length=300, blank=True, default="", db_default="")
    discarded_at = models.DateTimeField(null=True)

    # Whether search knows it.
    is_searchable = models.BooleanField(default=False, db_default=False)
    # What each step of the pipeline did (SPEC I6), and why the message was set aside.
    trace = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[MessageManager] = MessageManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "raw_sha256"], name="message_content_once")]
        indexes = [
            models.Index(fields=["mailbox", "id"], condition=models.Q(state="stored"), name="message_waiting"),
            models.Index(fields=["mailbox", "received_at"], name="message_by_day"),
            models.Index(fields=["conversation", "received_at"], name="message_of_conversation"),
            models.Index(fields=["mailbox", "message_id_key"], name="message_identifier"),
            # The sweep of orphaned raw mail asks by content.
            models.Index(fields=["tenant", "raw_sha256"], name="message_raw"),
            models.Index(
                fields=["mailbox"],
                condition=models.Q(state__in=["set_aside", "unreadable"]),
                name="message_put_aside",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(is_searchable=False, conversation__isnull=False),
                name="message_to_index",
            ),
            models.Index(
                fields=["mailbox", "-discarded_at"],
                condition=models.Q(discarded_at__isnull=False),
                name="message_discarded",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    def raw(self) -> bytes:
        """Return the message as the server handed it over; raise BlobMissing when the storage lost it."""
        return blobs.get(self.tenant_id, self.raw_sha256)

    @property
    def is_written_by_us(self) -> bool:
        """Whether a person of this mailbox sent it with another program: it was found in Sent (SPEC M28)."""
        return self.folder_role == FolderRole.SENT

    @property
    def is_found_in_junk(self) -> bool:
        return self.folder_role == FolderRole.JUNK

    @property
    def was_taken_in(self) -> bool:
        """Whether it had been discarded, and a person took it in after all (SPEC M23)."""
        return self.discarded_at is not None and not self.discarded_because

    @property
    def body(self) -> Body:
        if self.sealed_body is None:
            return Body(text="", html="")
        return open_body(self.tenant_id, self.pk, bytes(self.sealed_body))

    @body.setter
    def body(self, body: Body) -> None:
        self.sealed_body = seal_body(self.tenant_id, self.pk, body)

    @property
    def from_(self) -> Address:
        return Address(display_name=self.from_name, addr_spec=self.from_address)

    @property
    def reply_addresses(self) -> list[Address]:
        """Where an answer goes: Reply-To, else From (RFC 5322 §3.6.2)."""
        return addresses(self.reply_to) or [self.from_]


def addresses(pairs: list[Any]) -> list[Address]:
    """Read addresses as the JSON columns keep them."""
    return [Address(display_name=name, addr_spec=addr_spec) for name, addr_spec in pairs]


class MessageOrigin(TenantModel):
    """Where a message came from: server, folder, UIDVALIDITY and UID, or UIDL (SPEC I1)."""

    class Removal(models.TextChoices):
        KEEP = "keep", "Stays on the server"
        PENDING = "pending", "To be removed from the server"
        DONE = "done", "Removed from the server"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="origins")
    server = models.ForeignKey(IncomingServer, on_delete=models.CASCADE, related_name="origins")
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="origins", db_index=False)
    uidvalidity = models.BigIntegerField()
    identity = models.CharField(max_length=80)
    removal = models.CharField(max_length=8, choices=Removal.choices, default=Removal.KEEP)
    # When it is to be removed from the server, where a copy stays for some days (SPEC M30).
    remove_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["folder", "uidvalidity", "identity"], name="origin_once")]
        indexes = [
            models.Index(fields=["folder"], condition=models.Q(removal="pending"), name="origin_to_remove"),
            models.Index(
                fields=["folder", "remove_at"],
                condition=models.Q(removal="keep", remove_at__isnull=False),
                name="origin_remove_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.folder_id}/{self.uidvalidity}/{self.identity}"


class Attachment(TenantModel):
    """One attachment of a message. Its bytes stay in the raw message; `position` finds them."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    position = models.PositiveSmallIntegerField()
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(default=False)
    # Why people do not get it: it is larger, or of another type, than the mailbox takes (SPEC M24).
    removed_because = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        ordering = ["message", "position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_once")]

    def __str__(self) -> str:
        return self.filename
