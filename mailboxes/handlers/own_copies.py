"""Messages in the Sent folder: copies of what we sent, and proof that it was sent (SPEC M28, SECURITY section 4)."""

from mailboxes import reconciling
from mailboxes.identifiers import candidate_keys
from mailboxes.models import Message, OutgoingMessage, SentIdentifier
from mailboxes.receiving.received import Next, Received
from mailboxes.smime.states import concealed_content
from mailhub import clock
from servers.models import FolderRole


def recognise_own_copy(received: Received) -> Next:
    """Take out of the mail what is here already: copies of what we sent, and a message to ourselves once more."""
    sent = _sent(received)
    if sent is not None:
        return _recognised_as_sent(received, sent.outgoing_message)
    twin = received.window.twins.get(received.mail.message_id)
    if twin is not None and _is_same_letter(received, twin):
        received.message.state = Message.State.OWN_COPY
        where = twin.get_folder_role_display()
        received.note("recognise_own_copy", f"The same message is in its conversation already, found in {where}.")
        return Next.STOP
    return Next.CONTINUE


def reconcile_uncertain(outgoing: OutgoingMessage) -> None:
    """What became uncertain only now may have been found in Sent before."""
    reconciling.reconcile(outgoing, now=clock.now())


def _sent(received: Received) -> SentIdentifier | None:
    if not received.is_written_by_us or not received.mail.message_id:
        return None
    sent = received.window.sent
    return next((sent[text] for text in candidate_keys((received.mail.message_id,)) if text in sent), None)


def _recognised_as_sent(received: Received, outgoing: OutgoingMessage) -> Next:
    received.message.state = Message.State.OWN_COPY

    def settle() -> None:
        if reconciling.settle_found(outgoing, now=received.now):
            received.note("recognise_own_copy", "A copy of what we sent: now it is certain that the server took it.")
        else:
            received.note("recognise_own_copy", "A copy of what we sent from here.")

    received.writes.do(settle)
    return Next.STOP


def _is_same_letter(received: Received, twin: Message) -> bool:
    """Whether one of two messages with one Message-ID was found in Sent, and both say the same.

    A Message-ID alone proves nothing: whoever got the message knows it.
    """
    message = received.message
    if twin.pk == message.pk or received.is_written_by_us == (twin.folder_role == FolderRole.SENT):
        return False
    return _said(message) == _said(twin)


def _said(message: Message) -> tuple[object, ...]:
    content = (message.snippet, concealed_content(message.smime))
    return (message.from_address, message.sent_at, message.subject, content, message.to, message.cc)
