"""How people are told of what, as long as they have said nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailboxes.models import Notification, NotificationSwitch

_Kind = Notification.Kind


@dataclass(frozen=True)
class Ways:
    """Whether a person is told of one kind of thing in the browser, and whether by mail."""

    in_browser: bool = True
    by_mail: bool = True

    @classmethod
    def of(cls, switch: NotificationSwitch) -> Ways:
        return cls(in_browser=switch.in_browser, by_mail=switch.by_mail)


# What holds for a person without a row.
WAYS: dict[_Kind, Ways] = {kind: Ways() for kind in _Kind}

# A mail leaves after so long, and only if the person has not looked by then. Who works at a conversation reads the
# answer there: a mail about it can wait longer than one about something that is new to them.
_MAIL_AFTER = timedelta(minutes=2)
_MAIL_OF_REPLY_AFTER = timedelta(minutes=10)


def mail_after(kind: str) -> timedelta:
    """Return how long a mail about this kind of thing waits."""
    return _MAIL_OF_REPLY_AFTER if kind == _Kind.REPLIED else _MAIL_AFTER
