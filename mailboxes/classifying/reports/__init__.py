"""Reports on the delivery of a mail: in the standard form (RFC 3464), and in the words of those who do not use it."""

from mailboxes.classifying.rules import Rule

# In the standard form: nobody but a mail server writes it.
STANDARD_RULES: tuple[Rule, ...] = ()
# In words: looked at only after what is surely an automatic answer of a person's mailbox.
TEXT_RULES: tuple[Rule, ...] = ()
