"""Reply checks: proof that what is sent from a mailbox is answered back into it (SPEC M13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q

from mailboxes.models.mailboxes import Mailbox
from mailboxes.models.messages import Message
from mailboxes.models.outgoing import OutgoingMessage
from mailhub.tenancy.rows import TenantModel
from servers.models import IncomingServer, OutgoingServer

# After so long a probe that is not here counts as missing; one that arrives later still mends the result.
PROBE_PATIENCE = timedelta(minutes=10)


class ReplyCheck(TenantModel):
    """One run of probes through one outgoing server, one probe for each address that answers may go to."""

    class Reason(models.TextChoices):
        ASKED = "asked", "A person asked"
        ADDED = "added", "The server was added or changed"
        WEEKLY = "weekly", "Weekly"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="reply_checks", db_index=False)
    outgoing_server = models.ForeignKey(OutgoingServer, on_delete=models.CASCADE, related_name="reply_checks")
    reason = models.CharField(max_length=8, choices=Reason.choices, default=Reason.ASKED)
    started_at = models.DateTimeField()
    # When every probe has arrived or was given up.
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["outgoing_server", "-started_at"], name="reply_check_newest"),
            models.Index(fields=["started_at"], condition=models.Q(finished_at=None), name="reply_check_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["outgoing_server"], condition=Q(finished_at=None), name="reply_check_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_server_id} at {self.started_at}"

    def finish_if_settled(self, *, now: datetime) -> None:
        """Close the check unless a probe of it still waits; the caller holds its row."""
        if not self.probes.filter(state=ReplyProbe.State.WAITING).exists():
            type(self).objects.filter(pk=self.pk, finished_at=None).update(finished_at=now)


class ReplyProbe(TenantModel):
    """One mail of a reply check, to one address, and whether it came in."""

    class Role(models.TextChoices):
        FROM = "from", "From"
        REPLY_TO = "reply_to", "Reply-To"
        ENVELOPE_FROM = "envelope_from", "Bounce address"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ARRIVED = "arrived", "Arrived"
        MISSING = "missing", "Did not arrive"
        NOT_SENT = "not_sent", "Could not be sent"

    check_run = models.ForeignKey(ReplyCheck, on_delete=models.CASCADE, related_name="probes")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=16, choices=Role.choices)
    address = models.CharField(max_length=320)
    # Stands in the probe itself; only whoever received it can show it.
    token = models.CharField(max_length=64)
    outgoing_message = models.ForeignKey(OutgoingMessage, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    words = models.CharField(max_length=600, blank=True)
    sent_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_through = models.ForeignKey(IncomingServer, null=True, on_delete=models.SET_NULL, related_name="+")
    # A probe that was found in Junk arrived, and people's answers will lie there too.
    folder_role = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "token"], name="reply_probe_token_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.address}: {self.state}"

    @property
    def waits_until(self) -> datetime:
        """When it counts as missing: ten minutes after it was sent, or after the start if it was not."""
        return (self.sent_at or self.check_run.started_at) + PROBE_PATIENCE

    def arrive(self, message: Message, *, through: IncomingServer | None, now: datetime) -> bool:
        """Note that the probe came in; False for a further copy of it, which changes nothing."""
        return self._settle(
            Q(state=self.State.ARRIVED),
            now=now,
            state=self.State.ARRIVED,
            arrived_at=message.stored_at,
            arrived_through=through,
            folder_role=message.folder_role,
            words="",
        )

    def miss(self, words: str, *, now: datetime) -> bool:
        """Note that the probe is not here: nothing came in time, or a server reported `words`."""
        return self._settle(~self._unexplained(), now=now, state=self.State.MISSING, words=words[:600])

    def fail(self, words: str, *, now: datetime) -> bool:
        """Note that the probe could not be sent, in the server's words."""
        return self._settle(~self._unexplained(), now=now, state=self.State.NOT_SENT, words=words[:600])

    def _unexplained(self) -> Q:
        """Of these probes nobody knows yet why they are not here."""
        return Q(state=self.State.WAITING) | Q(state=self.State.MISSING, words="")

    def _settle(self, unless: Q, *, now: datetime, **values: object) -> bool:
        """Write how it ended; False where `unless` holds already.

        Two workers may settle two probes of one check in the same moment: the row of the check is held meanwhile, so
        that the later one sees both.
        """
        with transaction.atomic():
            check = ReplyCheck.objects.select_for_update().get(pk=self.check_run_id)
            if not type(self).objects.filter(pk=self.pk).exclude(unless).update(**values):
                return False
            check.finish_if_settled(now=now)
            return True
