"""Runs the engine in a test, and lets servers take or refuse what it submitted."""

from datetime import datetime

from mailboxes import settling
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage
from mailboxes.settling import Outcome
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, StepSend
from sequences.running import following, working

State = Delivery.State
TAKEN = Outcome(State.SENT, "2.0.0 Ok", 250)
NO_SUCH_USER = Outcome(State.FAILED, "No such user here", 550, "5.1.1")
LOST_AT_DOT = Outcome(State.UNCERTAIN, "The connection broke. It may have arrived.")


def run(tenant: Tenant, *, now: datetime) -> None:
    """Let the clock come by once."""
    with tenant_scope(tenant.pk):
        while working.run_due(tenant.pk, now=lambda: now):
            pass


def settle(send: StepSend, outcome: Outcome = TAKEN, *, now: datetime) -> None:
    """Let a server answer to the mail of a step, and what follows happen."""
    outgoing = OutgoingMessage.objects.get(pk=send.outgoing_message_id)
    attempt = DeliveryAttempt.objects.create(
        tenant_id=outgoing.tenant_id,
        outgoing_message=outgoing,
        server_id=outgoing.server_id,
        run=new_id(),
        lease_until=now,
        started_at=now,
    )
    waiting = Delivery.objects.filter(outgoing_message=outgoing, state__in=Delivery.WAITING)
    waiting.update(state=State.DOT_PENDING, attempt=attempt)
    at_dot = Delivery.objects.filter(attempt=attempt)
    settling.settle(attempt, {one.recipient: outcome for one in at_dot}, now=now)
    following.follow(send.enrollment_id, now=now)


def send_step(enrollment: Enrollment, *, now: datetime) -> StepSend:
    """Submit the step that is due, have it taken, and return its mail."""
    Enrollment.objects.filter(pk=enrollment.pk).update(due_at=now)
    run(enrollment.tenant, now=now)
    send = StepSend.objects.filter(enrollment=enrollment).latest("submitted_at")
    settle(send, now=now)
    return send.refreshed()
