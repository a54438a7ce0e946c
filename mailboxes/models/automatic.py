"""Mail that goes out because mail came in: the autoresponder, and the ledger of the loop guard (SPEC M26, RFC 3834)."""

from __future__ import annotations

from django.db import models

from mailboxes.models.mailboxes import Mailbox
from mailboxes.models.messages import Message
from mailboxes.models.outgoing import OutgoingMessage
from mailboxes.models.reply_templates import ReplyTemplate
from mailhub.tenancy.rows import TenantModel


class Autoresponder(TenantModel):
    """Answers new conversations of a mailbox, once each. Without a row it is off."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="autoresponder")
    is_active = models.BooleanField("active", default=False)
    template = models.ForeignKey(
        ReplyTemplate, null=True, blank=True, on_delete=models.RESTRICT, related_name="autoresponders"
    )
    # Why the loop guard switched it off, and when; a person switches it on again.
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_because = models.CharField(max_length=300, blank=True, editable=False)

    def __str__(self) -> str:
        return f"autoresponder of {self.mailbox_id}"


class AutomaticMail(TenantModel):
    """One automatic mail that went out, or did not and why: the ledger that the loop guard counts.

    At most one for each rule and message that set it off, written in the transaction that submits it.
    """

    class Source(models.TextChoices):
        AUTORESPONDER = "autoresponder", "Autoresponder"
        ROUTING = "routing", "Routing rule"
        FORWARD = "forward", "Forwarding of rejected mail"
        NOTICE = "notice", "Notification"
        SEQUENCE = "sequence", "Sequence"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="automatic_mails", db_index=False)
    source = models.CharField(max_length=16, choices=Source.choices)
    # The rule within the source: its id, or "" where a mailbox has but one.
    rule_key = models.CharField(max_length=64, blank=True)
    trigger = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="automatic_mails")
    # To whom, normalised, and the domain of it.
    recipient = models.CharField(max_length=320)
    recipient_domain = models.CharField(max_length=255)
    outgoing_message = models.ForeignKey(
        OutgoingMessage, null=True, on_delete=models.SET_NULL, related_name="automatic_mails"
    )
    # Why it was not sent; "" for one that was.
    suppressed_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trigger", "source", "rule_key", "recipient"], name="automatic_mail_once")
        ]
        indexes = [
            # What the mailbox shows: also what was suppressed.
            models.Index(fields=["mailbox", "-created_at"], name="automatic_mail_log"),
            models.Index(
                fields=["mailbox", "created_at"],
                condition=models.Q(suppressed_because=""),
                name="automatic_mail_of_mailbox",
            ),
            models.Index(
                fields=["tenant", "recipient", "created_at"],
                condition=models.Q(suppressed_because=""),
                name="automatic_mail_to",
            ),
            models.Index(
                fields=["tenant", "recipient_domain", "created_at"],
                condition=models.Q(suppressed_because=""),
                name="automatic_mail_to_domain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} to {self.recipient}"
