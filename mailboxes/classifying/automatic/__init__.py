"""Automatic answers: out of office, vacation, "we have received your mail" (RFC 3834)."""

from mailboxes.classifying.automatic.marked import marked, marked_after_all
from mailboxes.classifying.automatic.titled import titled
from mailboxes.classifying.automatic.worded import worded
from mailboxes.classifying.rules import Rule

# Marked as such by the program that wrote it, so that no rule about the words of bounces may see it.
SURE_RULES: tuple[Rule, ...] = (marked, titled)
# Known by its subject or its words.
LIKELY_RULES: tuple[Rule, ...] = (marked_after_all, worded)
