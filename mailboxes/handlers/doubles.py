"""The same mail by two ways: fetched from a server, and redirected to the direct address (SPEC M14)."""

from mailboxes.models import Message, MessageOrigin
from mailboxes.receiving.received import Next, Received
from mailboxes.smime.states import concealed_content


def recognise_double(received: Received) -> Next:
    """Hide what stands in its conversation already because it came by another way too.

    Both are stored, because each way leaves its own trace fields. A second delivery by the same way is left alone: then
    the sender sent it twice.
    """
    twin = received.window.twins.get(received.mail.message_id) if received.mail.message_id else None
    if twin is None or twin.pk == received.message.pk:
        return Next.CONTINUE
    if not _say_the_same(received.message, twin) or not _came_by_different_ways(received.message, twin):
        return Next.CONTINUE
    received.message.state = Message.State.DOUBLE
    way = "at the direct address" if twin.arrived_by == Message.Arrival.DIRECT else "from a server"
    received.note("recognise_double", f"The same message is in its conversation already; it came in {way}.")
    return Next.STOP


def _say_the_same(message: Message, twin: Message) -> bool:
    """A Message-ID alone proves nothing: whoever got the message knows it (SECURITY B079)."""
    return _said(message) == _said(twin)


def _said(message: Message) -> tuple[object, ...]:
    content = (message.snippet, concealed_content(message.smime))
    return (message.from_address, message.sent_at, message.subject, content, message.to, message.cc)


def _came_by_different_ways(message: Message, twin: Message) -> bool:
    if message.arrived_by != twin.arrived_by:
        return True
    if message.arrived_by != Message.Arrival.POLL:
        return False
    ours, theirs = _servers_of(message), _servers_of(twin)
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _servers_of(message: Message) -> set[object]:
    return set(MessageOrigin.objects.filter(message=message).values_list("server_id", flat=True))
