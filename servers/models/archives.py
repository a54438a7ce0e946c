"""What becomes of mail that was in the inbox when its server was added."""

from __future__ import annotations

from django.db import models


class ArchiveMode(models.TextChoices):
    """What becomes of it. As an archive it is stored and filed, and nothing automatic happens with it."""

    ARCHIVE = "archive", "Take it in as an archive"
    NONE = "none", "Leave it alone"
    NEW = "new", "Treat it as new mail"


class WithArchive(models.Model):
    """The choice, and how far the archive is taken in. Where the boundary lies in the inbox, its `Folder` knows."""

    archive_mode = models.CharField(
        "mail that is there already",
        max_length=8,
        choices=ArchiveMode.choices,
        default=ArchiveMode.NEW,
        db_default=ArchiveMode.NEW.value,
    )
    # Older mail is not fetched.
    archive_from = models.DateField("from", null=True, blank=True)
    # When the inbox was first looked into: what is there since is new.
    archive_at = models.DateTimeField(null=True, editable=False)
    # How many messages there were to take in, and how many are left; None until they were counted.
    archive_count = models.PositiveIntegerField(null=True, editable=False)
    archive_left = models.PositiveIntegerField(null=True, editable=False)
    archive_ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def has_archive_to_take_in(self) -> bool:
        return self.archive_mode == ArchiveMode.ARCHIVE and self.archive_ended_at is None

    @property
    def archive_taken_count(self) -> int:
        """How many of `archive_count` are taken in, or were found to be here already."""
        return max((self.archive_count or 0) - (self.archive_left or 0), 0)
