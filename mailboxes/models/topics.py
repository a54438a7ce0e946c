"""Topics, and the filters that find the topic of new mail by its words (SPEC M22)."""

from __future__ import annotations

from django.db import models

from mailboxes.models.segments import Segment
from mailhub.tenancy.rows import TenantModel


class Topic(TenantModel):
    """What a conversation is about, in a word of the account."""

    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="topic_name_once",
                violation_error_message="Another topic of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class FilterSet(TenantModel):
    """Keyword rules of a segment; a mailbox picks one set, and the first rule that fits gives the topic."""

    segment = models.ForeignKey(Segment, on_delete=models.RESTRICT, related_name="filter_sets")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="filter_set_name_once",
                violation_error_message="Another filter set of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class FilterRule(TenantModel):
    """Words or phrases, any of which gives the topic."""

    class Place(models.TextChoices):
        ANYWHERE = "anywhere", "Subject or text"
        SUBJECT = "subject", "Subject"
        TEXT = "text", "Text"

    filter_set = models.ForeignKey(FilterSet, on_delete=models.CASCADE, related_name="rules", db_index=False)
    position = models.PositiveSmallIntegerField()
    phrases = models.JSONField(default=list)
    place = models.CharField(max_length=8, choices=Place.choices, default=Place.ANYWHERE)
    topic = models.ForeignKey(Topic, on_delete=models.RESTRICT, related_name="filter_rules")

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["filter_set", "position"], name="filter_rule_order")]

    def __str__(self) -> str:
        return ", ".join(self.phrases)
