"""Which mails of ours a step answers, so that its reader finds them as one thread (RFC 5322 §3.6.4)."""

from collections import defaultdict
from dataclasses import dataclass

from mailboxes.composing import MAX_REFERENCES, reply_subject
from mailboxes.models import OutgoingMessage, SentIdentifier
from mailboxes.subjects import normalise_subject
from sequences.models import Enrollment


@dataclass(frozen=True)
class Thread:
    """What goes into the header of the next mail. Everything is empty where it begins a thread."""

    subject: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def thread_of(enrollment: Enrollment) -> Thread:
    """Return the thread of the newest mail that left, for a mail that stays in it; an empty one before the first."""
    sent = OutgoingMessage.objects.filter(
        step_send__enrollment=enrollment, step_send__sent_at__isnull=False, step_send__withdrawn_at=None
    )
    mails = _newest_thread(list(sent.order_by("-step_send__submitted_at")))
    if not mails:
        return Thread()
    named = _names_of(mails)
    chain = tuple(dict.fromkeys(name for mail in reversed(mails) for name in named[mail.pk]))
    if len(chain) > MAX_REFERENCES:
        chain = chain[:1] + chain[1 - MAX_REFERENCES :]
    return Thread(reply_subject(mails[-1].subject), named[mails[0].pk][-1], chain)


def _newest_thread(mails: list[OutgoingMessage]) -> list[OutgoingMessage]:
    """Return, from the newest back, what has its subject: another subject began another thread."""
    thread: list[OutgoingMessage] = []
    for mail in mails:
        if thread and normalise_subject(mail.subject) != normalise_subject(thread[0].subject):
            break
        thread.append(mail)
    return thread


def _names_of(mails: list[OutgoingMessage]) -> dict[object, list[str]]:
    """Return the identifiers under which the reader may have each: ours, and what the provider put in its place."""
    replaced = SentIdentifier.objects.filter(
        outgoing_message__in=[one.pk for one in mails], source=SentIdentifier.Source.PROVIDER, text__contains="@"
    )
    names: defaultdict[object, list[str]] = defaultdict(list)
    for mail in mails:
        names[mail.pk].append(mail.message_id)
    for identifier in replaced.order_by("id"):
        names[identifier.outgoing_message_id].append(identifier.text)
    return names
