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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="folder_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def cursor(self) -> Cursor | None:
        return Cursor(uidvalidity=self.uidvalidity, last_uid=self.last_uid) if self.uidvalidity else None
