"""Who may be told of what: people who may see the mailbox, by the ways that they chose (SPEC T3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from mailboxes.models import Mailbox, MailboxAccess, NotificationSwitch
from mailboxes.notifying.defaults import WAYS, Ways
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Audience:
    """Some people and some mailboxes of one tenant, as they are now."""

    _people: dict[UUID, Membership]
    _open: frozenset[UUID]
    _closed: frozenset[UUID]
    _granted: frozenset[tuple[UUID, UUID]]
    _ways: dict[tuple[UUID, str], Ways]

    @classmethod
    def load(cls, people: Iterable[UUID], mailboxes: Iterable[UUID]) -> Audience:
        """Ask for all of them, in four queries whatever their number."""
        wanted = set(mailboxes)
        active = Membership.objects.filter(pk__in=set(people), is_active=True, user__is_active=True)
        found = {one.pk: one for one in active.select_related("user", "tenant")}
        is_open = dict(Mailbox.objects.filter(pk__in=wanted).values_list("pk", "is_open"))
        grants = MailboxAccess.objects.filter(mailbox__in=wanted, membership__in=found)
        switches = NotificationSwitch.objects.filter(membership__in=found)
        return cls(
            _people=found,
            _open=frozenset(pk for pk, opened in is_open.items() if opened),
            _closed=frozenset(pk for pk, opened in is_open.items() if not opened),
            _granted=frozenset(grants.values_list("mailbox_id", "membership_id")),
            _ways={(one.membership_id, one.kind): Ways.of(one) for one in switches},
        )

    def person(self, membership_id: UUID) -> Membership:
        """Return someone whom `may_see` let in."""
        return self._people[membership_id]

    def may_see(self, membership_id: UUID, mailbox_id: UUID) -> bool:
        """Whether this person is active and may use the mailbox; nobody may use one that was deleted."""
        person = self._people.get(membership_id)
        if person is None:
            return False
        if mailbox_id in self._open:
            return True
        return mailbox_id in self._closed and (
            person.sees_every_mailbox or (mailbox_id, membership_id) in self._granted
        )

    def may_be_told(self, membership_id: UUID, mailbox_id: UUID | None) -> bool:
        """Whether this person is active, and may use the mailbox where it concerns one."""
        return membership_id in self._people if mailbox_id is None else self.may_see(membership_id, mailbox_id)

    def ways(self, membership_id: UUID, kind: str) -> Ways:
        """Return how this person wants to be told of this kind of thing."""
        found = self._ways.get((membership_id, kind))
        return found if found is not None else next(ways for one, ways in WAYS.items() if one == kind)
