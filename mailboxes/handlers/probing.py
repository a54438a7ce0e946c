"""Takes the probes of reply checks out of the mail, and what others write about them (SPEC M13)."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from mailboxes.delivery_reports import failure_words, is_automatic
from mailboxes.models import Delivery, Message, OutgoingMessage, ReplyProbe
from mailboxes.probes import carried_token
from mailboxes.receiving.received import Next, Received
from servers.models import IncomingServer

# Most servers deliver to their own inbox in less.
_DELIVERY_TIME = timedelta(seconds=3)


def recognise_probe(received: Received) -> Next:
    """Settle the probe that came in, or that a report or an automatic answer speaks of, and show neither to people.

    Only a token that we sent from this mailbox counts, so a forged one is ordinary mail.
    """
    probe = received.window.probes.get(carried_token(received.mail))
    if probe is not None and received.is_written_by_us:
        # What a provider keeps of what was sent proves nothing about answers.
        return _hide(received, "A copy of a reply check in the Sent folder.")
    if probe is not None:
        return _arrived(received, probe)
    quoted = [received.window.probes[one] for one in received.probe_tokens if one in received.window.probes]
    if not quoted or not is_automatic(received.mail, received.classification):
        return Next.CONTINUE
    words = failure_words(received.mail, received.classification)
    if words is None:
        return _hide(received, "An automatic answer to a reply check.")
    for probe in quoted:
        received.writes.do(partial(_miss, probe, words, now=received.now))
    return _hide(received, f"A report that a reply check was not delivered: {words}")


def record_probe_settled(outgoing: OutgoingMessage) -> None:
    """Note that a probe was sent, or that the server refused it, and fetch soon what was sent."""
    if outgoing.origin != OutgoingMessage.Origin.PROBE:
        return
    probe = ReplyProbe.objects.filter(outgoing_message=outgoing).first()
    delivery = outgoing.deliveries.first()
    if probe is None or delivery is None or delivery.settled_at is None:
        return
    if delivery.state == Delivery.State.FAILED:
        probe.fail(delivery.reply_text, now=delivery.settled_at)
    elif delivery.state == Delivery.State.SENT:
        _sent(probe, at=delivery.settled_at)


def _arrived(received: Received, probe: ReplyProbe) -> Next:
    message = received.message
    message.state = Message.State.PROBE

    def settle() -> None:
        is_first = probe.arrive(message, through=_server_of(message), now=received.now)
        what = "The reply check" if is_first else "A further copy of the reply check"
        received.note("recognise_probe", f"{what} of {probe.address} arrived.")

    received.writes.do(settle)
    return Next.STOP


def _miss(probe: ReplyProbe, words: str, *, now: datetime) -> None:
    probe.miss(words, now=now)


def _hide(received: Received, did: str) -> Next:
    received.message.state = Message.State.PROBE
    received.note("recognise_probe", did)
    return Next.STOP


def _server_of(message: Message) -> IncomingServer | None:
    origin = message.origins.select_related("server").order_by("id").first()
    return origin.server if origin is not None else None


def _sent(probe: ReplyProbe, *, at: datetime) -> None:
    with transaction.atomic():
        ReplyProbe.objects.filter(pk=probe.pk, sent_at=None).update(sent_at=at)
        # A person may be looking. Servers that fail keep their pauses.
        due = IncomingServer.objects.filter(mailbox_id=probe.mailbox_id, is_active=True, failure_count=0)
        soon = at + _DELIVERY_TIME
        due.filter(next_poll_at__gt=soon).update(next_poll_at=soon)
