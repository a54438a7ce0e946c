"""The frame around the pages of a signed-in person: four queries, each asked only when a template needs it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Alarm, Mailbox, Message
from mailboxes.notifying import seeing
from mailboxes.queue.counts import MOST_UNREAD, unread_count, words_of
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import Principal, memberships_of
from servers.models import IncomingServer, OutgoingServer
from servers.models.health import needing_someone

# Beyond these the frame says "all mailboxes": it is on every page, so it reads a bounded number of rows.
MOST_MAILBOXES = 200
MOST_MAILBOXES_LISTED = 12


@dataclass(frozen=True)
class Condition:
    """How the servers of all visible mailboxes are doing: a state kind and a few words."""

    kind: str
    words: str


class Frame:
    """Everything here counts what this person may see, and nothing else (SPEC T3)."""

    def __init__(self, principal: Principal, *, unread: int | None = None) -> None:
        """Take `unread` from a page that has counted already."""
        self.principal = principal
        self._counted_unread = unread
        self._membership = principal.membership

    @cached_property
    def accounts(self) -> list[Membership]:
        """The memberships of the person, for the switch."""
        return memberships_of(self.principal.user)

    @cached_property
    def unread(self) -> str:
        """How many of the newest open conversations are unread: "" for none, "99+" for more than can be shown."""
        count = unread_count(self._membership) if self._counted_unread is None else self._counted_unread
        return words_of(count, MOST_UNREAD)

    @cached_property
    def news(self) -> seeing.Unread:
        """What the person was told of and has not seen, for the bell."""
        return seeing.unread_of(self._membership)

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
    def may_manage_people(self) -> bool:
        return self.principal.may(Permission.MANAGE_PEOPLE)

    @cached_property
    def _mailboxes(self) -> list[Any]:
        incoming = IncomingServer.objects.filter(mailbox=OuterRef("pk"))
        outgoing = OutgoingServer.objects.filter(mailbox=OuterRef("pk"))
        alarms = Alarm.objects.filter(mailbox=OuterRef("pk"), cleared_at=None)
        needing, failing = needing_someone(clock.now()), Q(is_active=True, failure_count__gt=0)
        worked = Q(last_success_at__isnull=False)
        rows = Mailbox.objects.visible_to(self._membership).annotate(
            needs_someone=Q(is_active=True)
            & (Exists(incoming.filter(needing)) | Exists(outgoing.filter(needing)) | Exists(alarms)),
            has_put_aside=Exists(Message.objects.filter(mailbox=OuterRef("pk")).put_aside()),
            is_retrying=Q(is_active=True) & (Exists(incoming.filter(failing)) | Exists(outgoing.filter(failing))),
            has_worked=Exists(incoming.filter(worked)) | Exists(outgoing.filter(worked)),
            is_ready=Q(is_active=True)
            & (Exists(incoming.filter(is_active=True)) | Exists(outgoing.filter(is_active=True))),
        )
        # Those that need someone come first, so that a long list cannot hide them.
        return list(rows.order_by("-needs_someone", "name", "id")[:MOST_MAILBOXES])
