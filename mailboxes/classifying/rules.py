"""What a rule is: a pure function that says what a mail is, or None where it does not know."""

from collections.abc import Callable

from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification

Rule = Callable[[Inspected], Classification | None]
