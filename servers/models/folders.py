"""Folders that are read on an incoming server."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.rows import TenantModel
from servers.inbox import Cursor


class FolderRole(models.TextChoices):
    """What a folder is for (RFC 6154 §2 names the special uses)."""

    INBOX = "inbox", "Inbox"
    JUNK = "junk", "Junk"
    SENT = "sent", "Sent"


class Folder(TenantModel):
    """One folder of an incoming server and how far it was read (RFC 9051 §2.3.1.1).

    POP3 has INBOX only, without a cursor.
    """

    server = models.ForeignKey("servers.IncomingServer", on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=255, default="INBOX")
    role = models.CharField(max_length=8, choices=FolderRole.choices, default=FolderRole.INBOX)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    # How often the server changed UIDVALIDITY; a server that does it on each poll is paused (SECURITY B065).
    resync_count = models.PositiveIntegerField(default=0)
    last_read_at = models.DateTimeField(null=True)
    # What the server said when it was last not to be read; empty while it is. INBOX fails with its server instead.
    failure = models.CharField(max_length=600, blank=True)
    # INBOX only. UIDs below it are mail that was there when the server was added; 0 where all mail counts as new.
    archive_before = models.BigIntegerField(default=0, db_default=0)
    # The server numbered its messages anew since: of the UIDs below, only what came in before
    # `IncomingServer.archive_at` was there already.
    is_archive_by_date = models.BooleanField(default=False, db_default=False)
    # How far the archive was taken in.
    archive_uid = models.BigIntegerField(default=0, db_default=0)
    # For POP3, what was there already (`mailboxes.polling.names`); None until its boundary is drawn.
    archive_names = models.BinaryField(null=True)
    # UIDs that the server refused to give, and since when (ISO 8601): they are asked for again, and the others go on.
    refused = models.JSONField(default=dict, db_default={})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="folder_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def cursor(self) -> Cursor | None:
        return Cursor(uidvalidity=self.uidvalidity, last_uid=self.last_uid) if self.uidvalidity else None
