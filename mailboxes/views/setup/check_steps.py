"""A reply check as steps, in the way of the connection test (SCREENS: they are the same part)."""

from dataclasses import dataclass

from mailboxes.models import Delivery, ReplyProbe
from mailboxes.reply_results import NOTHING_ARRIVED, Outcome, Result, seconds_of
from servers.models import FolderRole, OutgoingServer

_State = ReplyProbe.State
_ROLES = {
    ReplyProbe.Role.FROM: "the From address",
    ReplyProbe.Role.REPLY_TO: "the Reply-To address",
    ReplyProbe.Role.ENVELOPE_FROM: "the bounce address",
}
_JUNK = (
    "It lies in the Junk folder, and answers may end there too. Mark it as no junk in the mailbox itself, or have your "
    "provider let mail of this sender through."
)


@dataclass(frozen=True)
class CheckStep:
    """A step as templates/ui/steps.html shows it: ok, failed, skipped or running."""

    label: str
    state: str
    words: str = ""
    advice: str = ""
    milliseconds: int | None = None


def steps_of(server: OutgoingServer, result: Result) -> list[CheckStep]:
    """Return two steps for each address: it was sent, and it arrived."""
    waiting = [probe.outgoing_message_id for probe in result.probes if probe.state == _State.WAITING]
    deliveries = {one.outgoing_message_id: one for one in Delivery.objects.filter(outgoing_message__in=waiting)}
    steps = []
    for probe in result.probes:
        steps.append(_sending_step(probe, deliveries.get(probe.outgoing_message_id)))
        steps.append(_arrival_step(server, probe, result))
    return steps


def _sending_step(probe: ReplyProbe, delivery: Delivery | None) -> CheckStep:
    label = f"Send to {_ROLES[ReplyProbe.Role(probe.role)]} {probe.address}"
    if probe.state == _State.NOT_SENT:
        advice = "Nothing was sent. See what the server said, mend it, and check again."
        return CheckStep(label, "failed", probe.words, advice)
    is_sent = probe.sent_at is not None or probe.state != _State.WAITING
    if is_sent or (delivery is not None and delivery.state == Delivery.State.SENT):
        return CheckStep(label, "ok")
    words = delivery.reply_text if delivery is not None else ""
    return CheckStep(label, "running", words, "It is tried again by itself." if words else "")


def _arrival_step(server: OutgoingServer, probe: ReplyProbe, result: Result) -> CheckStep:
    label = f"Arrive in {server.mailbox}"
    if probe.state == _State.ARRIVED:
        where = f" through {probe.arrived_through}" if probe.arrived_through else ""
        is_in_junk = probe.folder_role == FolderRole.JUNK
        label = f"Arrived after {seconds_of(probe)} s{where}{', in the Junk folder' if is_in_junk else ''}"
        return CheckStep(label, "ok", "", _JUNK if is_in_junk else "")
    if probe.state == _State.NOT_SENT:
        return CheckStep(label, "skipped")
    if probe.state == _State.MISSING or result.outcome != Outcome.RUNNING:
        return CheckStep(label, "failed", probe.words or NOTHING_ARRIVED, _advice(server, probe))
    return CheckStep(label, "running", "", "It counts as missing after 10 minutes.")


def _advice(server: OutgoingServer, probe: ReplyProbe) -> str:
    redirect_it = f"Have mail to {probe.address} redirected to {server.mailbox.address}"
    if probe.role == ReplyProbe.Role.ENVELOPE_FROM:
        return f"{redirect_it}, or leave the bounce address empty: reports of failed delivery are not seen otherwise."
    if probe.role == ReplyProbe.Role.REPLY_TO:
        return f"{redirect_it}, or choose another Reply-To address: answers are not seen otherwise."
    if server.reply_to:
        return f"{redirect_it}. Who ignores the Reply-To address answers to this one."
    return f"{redirect_it}, or set a Reply-To address that arrives here: answers are not seen otherwise."
