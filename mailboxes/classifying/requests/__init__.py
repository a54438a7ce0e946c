"""What people write to be left alone, what lists send, and what is left: answers and new mail."""

from mailboxes.classifying.requests.lists import list_mail
from mailboxes.classifying.requests.unsubscribe import unsubscribe
from mailboxes.classifying.rules import Rule

RULES: tuple[Rule, ...] = (unsubscribe, list_mail)
