"""The frame around the pages of a signed-in person: three queries, each asked only when a template needs it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from billing.dunning import noticing
from mailboxes.models import Mailbox
from mailboxes.notifying import seeing
from mailboxes.overview import mailboxes_of
from mailboxes.queue.counts import MOST_UNREAD, unread_count, words_of
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.operators import may_operate
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import Principal

MOST_MAILBOXES_LISTED = 12


@dataclass(frozen=True)
class Condition:
    """How the servers of all visible mailboxes are doing: a state kind and a few words."""

    kind: str
    words: str


class Frame:
    """Everything here counts what this person may see, and nothing else (SPEC T3)."""

    def __init__(self, principal: Principal, *, unread: int | None = None, mailboxes: list[Any] | None = None) -> None:
        """Take `unread` from a page that has counted already, and `mailboxes` from one that has read them."""
        self.principal = principal
        self._counted_unread = unread
        self._read_mailboxes = mailboxes
        self._membership = principal.membership

    @cached_property
    def accounts(self) -> list[Membership]:
        """The memberships of the person, for the switch."""
        return list(self.principal.memberships)

    @cached_property
    def unread(self) -> str:
        """How many of the newest open conversations are unread: "" for none, "99+" for more than can be shown."""
        count = unread_count(self._membership) if self._counted_unread is None else self._counted_unread
        return words_of(count, MOST_UNREAD)

    @cached_property
    def news(self) -> seeing.Unread:
        """What the person was told of and has not seen, for the bell."""
        return seeing.unread_of(self._membership)

    @cached_property
    def overdue(self) -> noticing.Notice | None:
        """What this person is told of overdue invoices; None, without a query, where the account stands well."""
        return noticing.notice_for(self.principal, now=clock.now())

    @property
    def mailboxes(self) -> list[Mailbox]:
        """The first visible mailboxes by name, for the list under Inbox."""
        return sorted(self._mailboxes, key=lambda mailbox: mailbox.name.casefold())[:MOST_MAILBOXES_LISTED]

    @property
    def has_more_mailboxes(self) -> bool:
        return len(self._mailboxes) > MOST_MAILBOXES_LISTED

    @property
    def needs_someone(self) -> bool:
        """Whether a mailbox waits for a person; a failure that passes by itself does not count."""
        return any(mailbox.needs_someone for mailbox in self._mailboxes)

    @property
    def has_put_aside(self) -> bool:
        """Whether mail could not be read or processed, for those who can have it tried again."""
        return self.may_manage_mailboxes and any(mailbox.has_put_aside for mailbox in self._mailboxes)

    @property
    def is_starting(self) -> bool:
        """Whether no mailbox has worked yet, so that every page shows the way there (SPEC M3)."""
        return not any(mailbox.has_worked for mailbox in self._mailboxes)

    @property
    def is_idle(self) -> bool:
        """Whether nothing can be sent or received: no mailbox is active with a server that is switched on (SPEC M3)."""
        return not any(mailbox.is_ready for mailbox in self._mailboxes)

    @property
    def condition(self) -> Condition:
        """The last line of the side bar."""
        active = [mailbox for mailbox in self._mailboxes if mailbox.is_active]
        needing = sum(mailbox.needs_someone for mailbox in active)
        if needing:
            words = "1 mailbox needs you" if needing == 1 else f"{needing} mailboxes need you"
            return Condition("needs", words)
        retrying = sum(mailbox.is_retrying for mailbox in active)
        if retrying:
            return Condition("waits", "Retrying 1 mailbox" if retrying == 1 else f"Retrying {retrying} mailboxes")
        if any(mailbox.has_worked for mailbox in active):
            return Condition("works", "All servers work")
        if active:
            return Condition("news", "Not tried yet")
        return Condition("off", "No active mailbox" if self._mailboxes else "No mailbox yet")

    @property
    def may_manage_mailboxes(self) -> bool:
        return self.principal.may(Permission.MANAGE_MAILBOXES)

    @property
    def may_manage_account(self) -> bool:
        return self.principal.may(Permission.MANAGE_ACCOUNT)

    @property
    def may_manage_billing(self) -> bool:
        return self.principal.may(Permission.MANAGE_BILLING)

    @property
    def may_manage_people(self) -> bool:
        return self.principal.may(Permission.MANAGE_PEOPLE)

    @cached_property
    def may_operate(self) -> bool:
        """Whether the operator's desk is open to the person; asks nothing for who is not of the platform's tenant."""
        return may_operate(self.principal)

    @cached_property
    def _mailboxes(self) -> list[Any]:
        return mailboxes_of(self._membership) if self._read_mailboxes is None else self._read_mailboxes
