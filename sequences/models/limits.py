"""How much may leave, and how much has (SPEC S3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailboxes.models import Mailbox
from mailhub.tenancy.rows import TenantModel
from servers.models import OutgoingServer


class SendingSettings(TenantModel):
    """What holds for all sequences of an account. Without a row the defaults hold."""

    # Postal address and name below each mail, as many laws ask; empty for none.
    sender_line = models.CharField(max_length=300, blank=True)
    per_day = models.PositiveIntegerField("mails a day, all together", null=True, blank=True)
    domain_per_day = models.PositiveIntegerField("mails a day to one domain", null=True, blank=True)
    # Days on which no sequence sends, in ISO form.
    skip_dates = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="sending_settings_once")]

    def __str__(self) -> str:
        return f"Sending settings of {self.tenant_id}"


class SendingLimit(TenantModel):
    """What sequences may send through one outgoing server, or from one mailbox. The lowest limit wins."""

    server = models.OneToOneField(
        OutgoingServer, null=True, blank=True, on_delete=models.CASCADE, related_name="sending_limit"
    )
    mailbox = models.OneToOneField(
        Mailbox, null=True, blank=True, on_delete=models.CASCADE, related_name="sending_limit"
    )
    # None for no limit.
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    per_day = models.PositiveIntegerField(null=True, blank=True)
    # Ramp-up: on the first day `ramp_from`, each day `ramp_by` more, until `per_day` is reached.
    ramp_starts_on = models.DateField(null=True, blank=True)
    ramp_from = models.PositiveIntegerField(default=20)
    ramp_by = models.PositiveIntegerField(default=10)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(server__isnull=True, mailbox__isnull=False) | Q(server__isnull=False, mailbox__isnull=True),
                name="sending_limit_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.per_minute} a minute, {self.per_day} a day"


class SendingCount(TenantModel):
    """How much has left in one minute or on one day, of one that has a limit. Written with what is submitted."""

    class Scope(models.TextChoices):
        SIGN_IN = "sign_in", "Sign-in"
        MAILBOX = "mailbox", "Mailbox"
        DOMAIN = "domain", "Recipient domain"
        ACCOUNT = "account", "Account"
        SEQUENCE = "sequence", "First steps of a sequence"

    scope = models.CharField(max_length=10, choices=Scope.choices)
    # The id of the mailbox or sequence, the domain, or a digest of the sign-in (host, port, user name).
    key = models.CharField(max_length=255)
    # "2026-03-29" or "2026-03-29T14:05Z": days of the account's time zone, minutes of UTC.
    period = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)
    # When nobody asks for it any more.
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "scope", "key", "period"], name="sending_count_once")]
        indexes = [models.Index(fields=["ends_at"], name="sending_count_old")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.period}: {self.count}"
