"""Who opened and who clicked, where an account asks for it (off by default); no rule looks at it."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.rows import TenantModel
from sequences.models.enrollments import StepSend
from sequences.models.sequences import Sequence


class TrackedLink(TenantModel):
    """A link that leads through us: whoever clicks is sent on to what stands here, and nowhere else."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="tracked_links", db_index=False)
    url = models.TextField()
    url_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sequence", "url_sha256"], name="tracked_link_once")]

    def __str__(self) -> str:
        return self.url


class TrackingHit(TenantModel):
    """Something fetched the picture of a mail or followed a link of it."""

    class Kind(models.TextChoices):
        OPEN = "open", "Open"
        CLICK = "click", "Click"

    class Visitor(models.TextChoices):
        HUMAN = "human", "A person, as far as one can tell"
        PROXY = "proxy", "A mail program's proxy"
        SCANNER = "scanner", "A security scanner"

    send = models.ForeignKey(StepSend, on_delete=models.CASCADE, related_name="hits", db_index=False)
    link = models.ForeignKey(TrackedLink, null=True, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    visitor = models.CharField(max_length=8, choices=Visitor.choices)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["send", "kind", "at"], name="tracking_hit_of_send")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.visitor} at {self.at}"
