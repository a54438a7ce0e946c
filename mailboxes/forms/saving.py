"""Saves a valid form although somebody else may be saving the same name at this moment."""

from collections.abc import Callable
from typing import Protocol

from django.db import IntegrityError, transaction

from billing.limits import LimitExceeded
from mailboxes.segments import SuccessorNeeded


class Checkable(Protocol):
    """A form, or several that are checked together."""

    def full_clean(self) -> None: ...

    def is_valid(self) -> bool: ...


def saved(form: Checkable, save: Callable[[], object]) -> bool:
    """Call `save`; False, with the reason in the form, when another request took a name or a place in between."""
    try:
        with transaction.atomic():
            save()
    except (IntegrityError, LimitExceeded, SuccessorNeeded):
        # Whoever won is visible now, so the form's own checks find the words. If not, it was something else.
        form.full_clean()
        if form.is_valid():
            raise
        return False
    return True
