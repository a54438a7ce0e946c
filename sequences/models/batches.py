"""What is done with many contacts of a sequence at once: so long that no request waits for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel
from sequences.models.sequences import Sequence
from servers.models import OutgoingServer


class EnrollmentBatch(TenantModel):
    """Contacts that are added to a sequence, or contacts of it with whom something is done, and how far that has come.

    Those that are added are chosen first: chosen → running → done. Everything else begins with running.
    """

    class Deed(models.TextChoices):
        ADD = "add", "Add"
        STOP = "stop", "Stop"
        PAUSE = "pause", "Pause"
        RESUME = "resume", "Go on"
        MOVE = "move", "Move"

    class State(models.TextChoices):
        CHOSEN = "chosen", "Being prepared"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="batches", db_index=False)
    deed = models.CharField(max_length=6, choices=Deed.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHOSEN)
    # With whom: contacts as sequences.batches.choosing writes them, or the filters of the list of the sequence.
    choice = models.JSONField(default=dict)
    # Through which they go, or are moved to. None: the sequence's own.
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    # Servers of single contacts, by the id of the contact.
    overrides = models.JSONField(default=dict)
    # How many there are to take through, and how many are.
    total = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    # What came out: `added`, the reasons for which others were not, or `changed`.
    counts = models.JSONField(default=dict)
    words = models.CharField(max_length=300, blank=True)
    # The id of the one who was taken through last, in the order of ids.
    position = models.UUIDField(null=True, editable=False)
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["sequence", "-created_at"], name="enrollment_batch_newest"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="enrollment_batch_working"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.total} in {self.sequence_id}"
