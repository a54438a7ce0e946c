"""Templates of mail that mailhub writes for people (SPEC M26, M27)."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.rows import TenantModel


class ReplyTemplate(TenantModel):
    """Subject and text with merge fields; the HTML is what the editor made, the text what a plain reader sees."""

    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=500, blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="reply_template_name_once",
                violation_error_message="Another template of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name
