"""What a mailbox would make of a mail, with nothing written and nothing sent (SPEC I7)."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError

from mailboxes.classifying import Classification
from mailboxes.classifying.kinds import Kind
from mailboxes.explaining import Certainty, Sought, Step, certainty_of, sought_of, steps_of
from mailboxes.models import Conversation, Mailbox, Message
from mailboxes.openers import Opener
from mailboxes.parsing import fingerprint
from mailboxes.receiving.deciding import decide
from mailboxes.receiving.reading import read_raw
from mailboxes.receiving.received import Received
from mailboxes.receiving.window import Window

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rehearsal:
    """What would happen. `failure` is the traceback of a step that fails on the mail, "" if none does."""

    mailbox: Mailbox
    state: str
    steps: list[Step]
    sought: list[Sought]
    certainty: Certainty | None = None
    # The conversation that it would join; None for one of its own, or none at all.
    joins: Conversation | None = None
    related_to: Conversation | None = None
    opens: bool = False
    # How many mails would go out by themselves, unless a limit speaks against it.
    mail_count: int = 0
    # The same mail, where it is in this mailbox already.
    known: Message | None = None
    failure: str = ""


def rehearse(mailbox: Mailbox, raw: bytes, *, now: datetime) -> Rehearsal:
    """Take a mail through the pipeline of a mailbox in memory, as if it had been fetched now; raise Unreadable."""
    message = Message(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=fingerprint(raw),
        size=len(raw),
        stored_at=now,
        received_at=now,
    )
    read = read_raw(message, raw, Opener(mailbox))
    known = Message.objects.filter(mailbox=mailbox, raw_sha256=message.raw_sha256).for_list().first()
    try:
        received = decide(read, Window.load(mailbox, [read]), now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # As it is set aside in earnest, whatever the step failed with.
        log.exception("A step failed on a mail that is only explained.")
        message.state = Message.State.SET_ASIDE
        return Rehearsal(
            mailbox=mailbox,
            state=message.get_state_display(),
            steps=steps_of(message),
            sought=sought_of(message),
            known=known,
            failure=traceback.format_exc(),
        )
    _note_what_is_written_later(received)
    return Rehearsal(
        mailbox=mailbox,
        state=message.get_state_display(),
        steps=steps_of(message),
        sought=sought_of(message),
        certainty=certainty_of(message),
        joins=received.joins,
        related_to=received.related_to,
        opens=received.opened_conversation,
        mail_count=len(received.writes.preparations),
        known=known,
    )


def _note_what_is_written_later(received: Received) -> None:
    """Put into the trace what steps find only when they write, such as whom a report speaks of."""
    step = _STEP_OF_REPORT.get(received.classification.kind)
    if step is not None and received.message.state == Message.State.RECEIVED and not received.is_written_by_us:
        received.note(step, _report_words(received.classification))
    if received.writes.preparations:
        received.note("autoresponder", "Mail would go out by itself, unless a limit speaks against it.")


def _report_words(found: Classification) -> str:
    named = ", ".join(one.address for one in found.recipients if one.address)
    return f"Would be noted of {named}." if named else "Would be noted."


_STEP_OF_REPORT = {
    Kind.BOUNCE: "record_delivery_status",
    Kind.DELAYED: "record_delivery_status",
    Kind.FEEDBACK_REPORT: "record_complaint",
    Kind.UNSUBSCRIBE: "record_unsubscribe",
}
