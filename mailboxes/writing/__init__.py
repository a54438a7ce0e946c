"""People write: new mail, replies and forwards, from an outgoing server of a mailbox (SPEC Q3)."""

from mailboxes.writing.letters import AnotherWasSent, Letter, preview, send_new, send_reply, sent_before

__all__ = ["AnotherWasSent", "Letter", "preview", "send_new", "send_reply", "sent_before"]
