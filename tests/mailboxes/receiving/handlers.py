"""Steps of the pipeline that something happens to, named by tests in settings.PIPELINES."""

from collections.abc import Callable

from mailboxes.models import Conversation
from mailboxes.receiving.received import Next, Received
from mailboxes.regrouping import acting
from mailhub import clock
from mailhub.tenancy.models import Membership

POISON = "Poison"


def fill_in_what_no_column_takes(received: Received) -> Next:
    """Have the database refuse the row of the poisoned message, when all is written."""
    if received.mail.subject == POISON:
        received.message.subject = None  # type: ignore[assignment]
    return Next.CONTINUE


def prepare_what_fails(received: Received) -> Next:
    """Fail over the poisoned message after all was decided, and before anything is written."""
    if received.mail.subject == POISON:
        received.writes.prepare(_fail)
    return Next.CONTINUE


class PreparationFailed(Exception):
    """What a disk that is full looks like."""


def _fail() -> Callable[[], None]:
    raise PreparationFailed("There is no room for it.")


def merge_meanwhile(received: Received) -> Next:
    """A person merges the conversation that the mail was about to join, once."""
    if received.joins is not None and Conversation.objects.filter(subject="Other", message_count=1).exists():
        other = Conversation.objects.get(subject="Other")
        acting.merge(received.joins, other, Membership.objects.all()[0], now=clock.now())
    return Next.CONTINUE
