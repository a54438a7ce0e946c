"""Contacts that come from a file (SPEC S5): read as a job, tried before it is done, and undone if it was wrong."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel
from sequences.models.contacts import Contact, ContactList


class ContactImport(TenantModel):
    """One file of contacts and how far it has come.

    uploaded → trying → tried → running → done → undoing → undone; failed from any of those that work.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        TRYING = "trying", "Being tried"
        TRIED = "tried", "Tried"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Failed"

    class OnDuplicate(models.TextChoices):
        FILL = "fill", "Fill in what is empty"
        OVERWRITE = "overwrite", "Overwrite with the file"
        SKIP = "skip", "Leave them as they are"

    WORKING = (State.TRYING, State.RUNNING, State.UNDOING)

    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    filename = models.CharField(max_length=200)
    # The bytes as they came (mailhub.tenancy.blobs).
    raw_sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    encoding = models.CharField(max_length=40)
    delimiter = models.CharField(max_length=1, default=",")
    has_header = models.BooleanField(default=True)
    columns = models.JSONField(default=list)
    # For each column the field that it fills, "" for none: "address", "first_name", … or "custom.<key>".
    mapping = models.JSONField(default=list)
    on_duplicate = models.CharField(max_length=10, choices=OnDuplicate.choices, default=OnDuplicate.FILL)
    list = models.ForeignKey(ContactList, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    row_count = models.PositiveIntegerField(default=0)
    # Of the work that goes on: rows that are through, and what came out, by outcome.
    done_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    words = models.CharField(max_length=600, blank=True)
    created_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="contact_import_newest"),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["trying", "running", "undoing"]),
                name="contact_import_working",
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class ImportRow(TenantModel):
    """What became of one row of a file; of a trial: what would become of it."""

    class Outcome(models.TextChoices):
        CREATED = "created", "New contact"
        CHANGED = "changed", "Changed"
        SAME = "same", "Nothing to change"
        DOUBLE = "double", "Stands in the file twice"
        REFUSED = "refused", "Refused"

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    # Counted from 1, as a table shows it; the header is 1 where there is one.
    number = models.PositiveIntegerField()
    is_trial = models.BooleanField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    words = models.CharField(max_length=600, blank=True)
    address = models.CharField(max_length=320, blank=True)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="import_rows")
    # The values that it overwrote, for undoing; and whether it put the contact on the list.
    before = models.JSONField(default=dict)
    # What it wrote: undoing leaves alone what a person changed since.
    after = models.JSONField(default=dict)
    added_to_list = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact_import", "is_trial", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.outcome}"
