"""Quoted text in replies: written, and found again in the languages and programs that people use."""

from mailboxes.quoting.outline import MAX_SEARCHED
from mailboxes.quoting.replies import reply_text
from mailboxes.quoting.splitting import split_quote
from mailboxes.quoting.writing import quote_for_reply

__all__ = ["MAX_SEARCHED", "quote_for_reply", "reply_text", "split_quote"]
