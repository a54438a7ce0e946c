"""Says of a message whether it counts as spam, and why (SPEC Q5)."""

from mailboxes.queue import spam
from mailboxes.receiving.received import Next, Received


def judge_spam(received: Received) -> Next:
    """Write down why a mail counts as spam, before it is filed: in a conversation that is there already it stays.

    Nothing is said of what a person of the mailbox wrote, of what is old, and of mail in our own name: whoever forges
    that is not known by it.
    """
    message = received.message
    # It may be decided anew, after somebody said otherwise.
    message.spam_because = ""
    if message.is_written_by_us or message.is_archived:
        return Next.CONTINUE
    sender = received.sender if received.sender not in received.window.own_addresses else ""
    message.spam_because = spam.words_against(
        received.mail,
        sender=sender,
        verdicts=received.window.verdicts,
        is_found_in_junk=message.is_found_in_junk,
    )
    if message.spam_because:
        received.note("judge_spam", f"It counts as spam: {message.spam_because}.")
    return Next.CONTINUE
