"""What mail that comes in means for people: an answer is due (SPEC Q5), and somebody is told (SPEC Q4).

Nothing of it for what people of the mailbox wrote themselves, for old mail, and for spam.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from mailboxes.automatic.guard import Trigger, sign_of_program
from mailboxes.classifying import Kind
from mailboxes.handlers.filing import reopens_nothing
from mailboxes.models import Conversation, Mailbox, OutgoingMessage, ResponseTarget
from mailboxes.notifying import arrivals, telling
from mailboxes.notifying.arrivals import Arrival
from mailboxes.queue import targets
from mailboxes.receiving.received import Next, Received
from mailhub import clock
from mailhub.tenancy.models import Membership

# Out-of-office notes, reports of delay and complaints stand in the conversation, and nobody is told.
_TOLD_OF = frozenset({Kind.NORMAL, Kind.REPLY, Kind.LIST})


def expect_answer(received: Received) -> Next:
    """Set until when an answer is due, where the mailbox has a target and a person waits for one."""
    conversation = received.conversation
    if conversation is None or received.message.is_archived:
        return Next.CONTINUE
    if received.is_written_by_us:
        _note_answer(received, conversation)
        return Next.CONTINUE
    if _status_of(received, conversation) not in targets.WAITING or _sign_of_program(received):
        return Next.CONTINUE
    target = received.window.once(_active_target)
    due_at = targets.due_at(target, received.message.received_at) if target is not None else None
    if due_at is not None:
        _expect(received, conversation, due_at)
    return Next.CONTINUE


def tell_of_mail(received: Received) -> Next:
    """Tell whose conversation it is that something came in, and whom a rule gave it to."""
    conversation = received.conversation
    if conversation is None or received.is_written_by_us or received.message.is_archived:
        return Next.CONTINUE
    if _status_of(received, conversation) == Conversation.Status.SPAM:
        return Next.CONTINUE
    assigned = _assigned_by_rule(received, conversation)
    if assigned is None and not _is_told_of(received):
        return Next.CONTINUE
    arrival = Arrival(
        conversation=conversation,
        is_bounce=received.classification.kind == Kind.BOUNCE,
        assigned_to_id=assigned,
        writer_id=_writer_of_answered(received),
        # Automatic mail could be our own notification, come back as mail (SECURITY TC9).
        is_mailed=received.classification.kind == Kind.BOUNCE or not _sign_of_program(received),
        at=received.now,
    )
    received.writes.gather(arrivals.tell, arrival)
    return Next.CONTINUE


def tell_of_refusal(outgoing: OutgoingMessage) -> None:
    """Tell who wrote a message that a server refused it, while we spoke with that server."""
    if outgoing.origin == OutgoingMessage.Origin.PERSON:
        telling.tell_refused(outgoing, now=clock.now())


def note_scheduled_answer(outgoing: OutgoingMessage) -> None:
    """What a person scheduled answers once a server has it: then nothing is due any more for what came before."""
    if not outgoing.is_scheduled or outgoing.origin != OutgoingMessage.Origin.PERSON:
        return
    targets.follow(list(Conversation.objects.filter(pk=outgoing.conversation_id, reply_due_at__isnull=False)))


def _note_answer(received: Received, conversation: Conversation) -> None:
    """A person answered with another program: unless something came in since, nothing is due."""
    last = conversation.last_received_at
    if conversation.reply_due_at is not None and (last is None or last <= received.message.received_at):
        received.writes.set(conversation, reply_due_at=None)


def _expect(received: Received, conversation: Conversation, due_at: datetime) -> None:
    """Write down until when an answer is due, unless one is due already for earlier mail."""
    received.note("expect_answer", f"An answer is due until {due_at:%Y-%m-%d %H:%M} UTC, unless it was due before.")
    if conversation._state.adding:
        # It is created with this window, so nobody else changes it.
        conversation.reply_due_at = conversation.reply_due_at or due_at
        return
    # A person may answer at this moment: the database knows whether one is due.
    due = Coalesce(F("reply_due_at"), Value(due_at, output_field=DateTimeField()))
    received.writes.set(conversation, reply_due_at=due)


def _status_of(received: Received, conversation: Conversation) -> str:
    """Return the status that the conversation has once the window is written."""
    change = received.writes.changes.get(conversation.pk)
    changed = change.values.get("status") if change is not None else None
    return str(changed or conversation.status)


def _sign_of_program(received: Received) -> str:
    return sign_of_program(Trigger.of(received.message, received.mail, received.classification.kind))


def _active_target(mailbox: Mailbox) -> ResponseTarget | None:
    found: ResponseTarget | None = ResponseTarget.objects.filter(mailbox=mailbox, is_active=True).first()
    return found


def _assigned_by_rule(received: Received, conversation: Conversation) -> UUID | None:
    """Return whom a rule gave the conversation to because of this mail."""
    change = received.writes.changes.get(conversation.pk)
    assignee: Membership | None = change.values.get("assignee") if change is not None else None
    return assignee.pk if assignee is not None else None


def _is_told_of(received: Received) -> bool:
    if received.classification.kind == Kind.BOUNCE:
        return _writer_of_answered(received) is not None and not reopens_nothing(received)
    # A conversation that was just opened is nobody's.
    return not received.opened_conversation and received.classification.kind in _TOLD_OF


def _writer_of_answered(received: Received) -> UUID | None:
    answered = received.answers
    if answered is None or answered.origin != OutgoingMessage.Origin.PERSON:
        return None
    return answered.written_by_id
