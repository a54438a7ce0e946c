"""Takes new mail through the routing rules of its mailbox (SPEC M25)."""

from mailboxes.models import Mailbox
from mailboxes.receiving.received import Next, Received
from mailboxes.routing import acting, options, rehearsing, wording
from mailboxes.routing.deciding import decide


def route(received: Received) -> Next:
    """Do what the rules say that fit; the trace tells of every rule why it fits, or why not."""
    mailbox, message = received.window.mailbox, received.message
    if mailbox.kind != Mailbox.Kind.SERVICE or received.conversation is None:
        return Next.CONTINUE
    if message.is_written_by_us or message.is_archived:
        return Next.CONTINUE
    routing = received.window.once(options.load)
    if not routing.rules:
        return Next.CONTINUE
    if message.spam_because and received.opened_conversation:
        received.note("route", "It counts as spam: no rule was tried.")
        return Next.CONTINUE
    facts = rehearsing.facts_of(
        message,
        received.mail,
        received.classification.kind,
        received.conversation,
        is_new=received.opened_conversation,
    )
    for verdict in decide(routing.rules, facts):
        if not verdict.fits:
            why_not = wording.why_not(verdict, routing.options)
            received.note("route", f"“{verdict.rule.name}” does not fit. {why_not}")
            continue
        done = acting.act(received, verdict.rule, routing.options)
        why = wording.why(verdict, routing.options)
        received.note("route", f"“{verdict.rule.name}” fits. {why} Done: {'; '.join(done) or 'nothing'}.")
    return Next.CONTINUE
