"""Lets a month pass: the engine's own functions run with a simulated clock, from one due moment to the next.

Bells are heard here instead of in workers; mail goes out by SMTP, and what comes in goes through the whole pipeline.
"""

import heapq
import itertools
import random
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.db.models import Min

from mailboxes import delivering, receiving, sweeping
from mailboxes.models import Delivery, Message
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope, unscoped
from mailhub.tenancy.tasks import Bell
from sequences.models import Enrollment, Sequence
from sequences.running import following, losing, working
from sequences.stopping import ending, shield
from sequences.unsubscribing import Choice
from sequences.unsubscribing.finding import find_asker
from tests.sequences.month import letters
from tests.sequences.month.plan import Ban, Person
from tests.sequences.month.sink import Arrival, Sink
from tests.sequences.month.world import World

_DAY = timedelta(days=1)


@dataclass
class Clock:
    """Shows what it was set to."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Month:
    """A month on its way. `bans` says whom nobody may write to any more, and since when."""

    world: World
    sink: Sink
    clock: Clock
    # How often the engine looks while something is due.
    tick: timedelta
    says: Callable[[str], None] = lambda _line: None
    bans: list[Ban] = field(default_factory=list)
    # Seconds that each part took, and how often it ran.
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    runs: Counter[str] = field(default_factory=Counter)
    _bells: deque[tuple[str, tuple[Any, ...]]] = field(default_factory=deque)
    _events: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _chance: random.Random = field(default_factory=lambda: random.Random(11))

    def pass_by(self) -> None:
        """Let the whole of it pass."""
        people = {one.address: one for one in self.world.plan.people}
        for at in sorted({one.added_at for one in people.values()}):
            self._at(at, self._adding([one for one in people.values() if one.added_at == at]))
        with self._heard(), tenant_scope(self.world.tenant.pk):
            while self.clock.at < self.world.plan.ends_at:
                self._moment(people)
                before, self.clock.at = self.clock.at, self._next_moment()
                if before.date() != self.clock.at.date():
                    self.says(f"{before.date()}  {self.runs['mails']:>6} mails  {sum(self.seconds.values()):>6.0f} s")

    def _moment(self, people: dict[str, Person]) -> None:
        while self._events and self._events[0][0] <= self.clock.at:
            _at, _number, happens = heapq.heappop(self._events)
            happens()
        self._answer_bells()
        self._wake()
        self._timed("submitting", self._run_due)
        with unscoped("the clock looks for mail of every tenant that is due"):
            to_deliver = sweeping.due_lately(now=self.clock.at)
        for _tenant_id, server_id in sorted(to_deliver):
            self._timed("delivering", delivering.deliver_due, server_id, now=self.clock)
        self._answer_bells()
        for arrival in self.sink.arrivals():
            self.runs["mails"] += 1
            self._plan_answer(arrival, people[arrival.attempt.recipient])
        self._start_again()

    def _run_due(self) -> None:
        while working.run_due(self.world.tenant.pk, now=self.clock):
            pass

    def _next_moment(self) -> datetime:
        """Return when something is to be done next; while the engine has something to do, the next tick."""
        now = self.clock.at
        due = Enrollment.objects.filter(state=Enrollment.State.ACTIVE, sequence__state=Sequence.State.ACTIVE)
        first_due = due.aggregate(first=Min("due_at"))["first"]
        retry = Delivery.objects.filter(state__in=Delivery.WAITING).aggregate(first=Min("not_before"))["first"]
        back = Enrollment.objects.filter(state=Enrollment.State.PAUSED).aggregate(first=Min("paused_until"))["first"]
        moments = [max(first_due, now + self.tick)] if first_due else []
        moments += [max(one, now + timedelta(seconds=1)) for one in (retry, back) if one]
        moments += [self._events[0][0]] if self._events else []
        return max(now, min(moments, default=self.world.plan.ends_at))

    def _wake(self) -> None:
        """Do what the sweep of sequences rings for."""
        with unscoped("the sweep looks for what is over"):
            tenants = losing.tenants_to_look_after(now=self.clock.at)
        if tenants:
            ending.end_away(now=self.clock.at)
            losing.pause_lost(now=self.clock.at)

    def _start_again(self) -> None:
        """A sequence that paused itself is looked at by a person, and started again two hours later."""
        for sequence in Sequence.objects.filter(state=Sequence.State.PAUSED, paused_because__gt=""):
            self.runs["shields"] += 1
            Sequence.objects.filter(pk=sequence.pk).update(paused_because="")
            self._at(self.clock.at + timedelta(hours=2), self._starting(sequence))

    def _starting(self, sequence: Sequence) -> Callable[[], None]:
        def start() -> None:
            values = {"state": Sequence.State.ACTIVE, "shield_from": self.clock.at}
            Sequence.objects.filter(pk=sequence.pk).update(**values)

        return start

    def _adding(self, people: list[Person]) -> Callable[[], None]:
        def add() -> None:
            assert self._timed("adding", self.world.add, people, now=self.clock.at) == len(people)

        return add

    def _plan_answer(self, arrival: Arrival, person: Person) -> None:
        """Some answer the first mail, some the second, each once, after minutes or a day."""
        answer = getattr(self, f"_{person.fate}", None)
        number = 1 + len(person.address) % 2
        if answer is None or not arrival.attempt.mark.endswith(f"/{number}"):
            return
        wait = timedelta(minutes=self._chance.choice((3, 20, 90, 400, 1700, 2900)))
        self._at(self.clock.at + wait, lambda: answer(arrival, person))

    def _reply(self, arrival: Arrival, person: Person) -> None:
        self._receive(arrival, letters.reply(arrival))
        self._ban(person, "replied")

    def _bounce(self, arrival: Arrival, person: Person) -> None:
        self._receive(arrival, letters.bounce(arrival))
        self._ban(person, "bounced")

    def _complaint(self, arrival: Arrival, person: Person) -> None:
        self._receive(arrival, letters.complaint(arrival))
        self._ban(person, "complained")

    def _by_mail(self, arrival: Arrival, person: Person) -> None:
        self._receive(arrival, letters.unsubscribe(arrival))
        self._ban(person, "unsubscribed by mail")

    def _unsubscribe(self, arrival: Arrival, person: Person) -> None:
        self._timed("unsubscribing", unsubscribe_by_link, arrival.unsubscribe_url, now=self.clock.at)
        self._ban(person, "unsubscribed by link")

    def _person(self, arrival: Arrival, person: Person) -> None:
        rows = Enrollment.objects.filter(contact__address=person.address)
        ending.stop(rows, Enrollment.Cause.PERSON, by=self.world.owner, now=self.clock.at)
        self._ban(person, "was stopped by a person")

    def _pause(self, arrival: Arrival, person: Person) -> None:
        rows = Enrollment.objects.filter(contact__address=person.address)
        ending.pause(rows, by=self.world.owner, now=self.clock.at)
        until = self.clock.at + 2 * _DAY
        self._ban(person, "was paused by a person", until=until)
        self._at(until, lambda: self._resume(person))

    def _resume(self, person: Person) -> None:
        ending.resume(
            Enrollment.objects.filter(contact__address=person.address), by=self.world.owner, now=self.clock.at
        )

    def _away(self, arrival: Arrival, person: Person) -> None:
        zone = ZoneInfo(self._zone_of(person))
        back_on = self.clock.at.astimezone(zone).date() + 2 * _DAY
        self._receive(arrival, letters.out_of_office(arrival, back_on=back_on))
        self._ban(person, "was out of office", until=_midnight(back_on, zone))

    def _zone_of(self, person: Person) -> str:
        series = next(one for one in self.world.plan.series if one.name == person.series)
        return (series.is_on_contact_clock and person.zone) or self.world.plan.zone

    def _ban(self, person: Person, why: str, *, until: datetime | None = None) -> None:
        self.runs[why] += 1
        self.bans.append(Ban(person.address, why, self.clock.at, until))

    def _receive(self, arrival: Arrival, raw: bytes) -> None:
        self._timed("receiving", self._take_in, arrival.attempt.sender, raw)

    def _take_in(self, address: str, raw: bytes) -> None:
        mailbox, now = self.world.mailboxes[address], self.clock.at
        Message.objects.create(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            raw_sha256=blobs.put(mailbox.tenant_id, raw),
            size=len(raw),
            stored_at=now,
            received_at=now,
        )
        receiving.receive_waiting(mailbox.pk, now=self.clock)

    def _at(self, at: datetime, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), happens))

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Hear the bells that are rung, as a worker would."""

        def hear(bell: Bell, ids: tuple[Any, ...]) -> None:
            self._bells.append((bell.name, ids))

        with mock.patch.object(Bell, "_ring_now", hear):
            yield

    def _answer_bells(self) -> None:
        while self._bells:
            name, ids = self._bells.popleft()
            # One ring for many is enough.
            while (name, ids) in self._bells:
                self._bells.remove((name, ids))
            match name:
                case "mailboxes.tasks.deliver":
                    self._timed("delivering", delivering.deliver_due, uuid.UUID(str(ids[1])), now=self.clock)
                case "sequences.running.tasks.follow":
                    self._timed("following", following.follow, uuid.UUID(str(ids[1])), now=self.clock.at)
                case "sequences.running.tasks.look_at_bounces":
                    self._timed("looking at bounces", shield.look, uuid.UUID(str(ids[1])), now=self.clock.at)

    def _timed(self, part: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            self.seconds[part] += time.perf_counter() - began
            self.runs[part] += 1


def unsubscribe_by_link(url: str, *, now: datetime) -> None:
    """Do what the button of a mail program does with the link of a mail."""
    asker = find_asker(url.rpartition("/")[2])
    assert asker is not None
    asker.unsubscribe(Choice.EVERYTHING, words="By the button", now=now)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, datetime.min.time(), tzinfo=zone)
