"""Lets a sequence and its neighbours run day by day on paper. Pure.

It counts contacts that stand alike, so that its cost follows the number of servers and steps and not that of contacts.
Whom an answer stops, it cannot know: it says what leaves if nobody answers.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# What a limit is kept for, such as ("sign_in", "…").
Scope = tuple[str, Hashable]
# How much may still leave on one day; a scope that is not named has no limit.
Room = dict[Scope, int]

_WITHOUT_END = 10**9


@dataclass(frozen=True)
class Cohort:
    """Contacts of a sequence that go through one server and wait for the same step, counted from 0."""

    sequence_id: uuid.UUID
    server_id: uuid.UUID
    step: int


@dataclass(frozen=True)
class Plan:
    """What is known of one sequence for all days, which are counted from 0 for today."""

    is_open: Sequence[bool]
    step_count: int
    # On which day a step is due, by its number and the day on which the one before it left; None for never.
    due_on: Callable[[int, int], int | None]


@dataclass(frozen=True)
class World:
    """Everything that mail depends on: sequences, how much may leave on each day, and in which scopes a server counts.

    The first scope of a server is its sign-in.
    """

    plans: Mapping[uuid.UUID, Plan]
    rooms: Sequence[Room]
    scopes: Mapping[uuid.UUID, tuple[Scope, ...]]


def simulate(world: World, waiting: Mapping[Cohort, Mapping[int, int]]) -> list[Counter[Cohort]]:
    """Return for each day how many mails leave of each cohort.

    `waiting` are the contacts of each cohort by the day on which their mail is due. The oldest leave first; those of
    one day share what a sign-in may send.
    """
    queues = {cohort: Counter(days) for cohort, days in waiting.items()}
    return [_day(world, queues, day) for day in range(len(world.rooms))]


def most_on(world: World, servers: Iterable[uuid.UUID], sequence_id: uuid.UUID, day: int) -> int | None:
    """Return how much may leave on one day through these servers if nobody else sends; None without a limit."""
    if not world.plans[sequence_id].is_open[day]:
        return 0
    room = dict(world.rooms[day])
    wished = {Cohort(sequence_id, server, 1): _WITHOUT_END for server in servers}
    taken = _take(world, wished, room).total()
    return taken if taken < _WITHOUT_END else None


def _day(world: World, queues: dict[Cohort, Counter[int]], day: int) -> Counter[Cohort]:
    room = dict(world.rooms[day])
    left: Counter[Cohort] = Counter()
    # A step may be due some hours after the one before it, still on the same day.
    while sent := _once_through(world, queues, room, day):
        left += sent
        for cohort, count in sent.items():
            _advance(world, queues, cohort, count, day)
    return left


def _once_through(world: World, queues: dict[Cohort, Counter[int]], room: Room, day: int) -> Counter[Cohort]:
    due: defaultdict[int, dict[Cohort, int]] = defaultdict(dict)
    for cohort, days in queues.items():
        if not world.plans[cohort.sequence_id].is_open[day]:
            continue
        for due_on, count in days.items():
            if count and due_on <= day:
                due[due_on][cohort] = count
    sent: Counter[Cohort] = Counter()
    for due_on in sorted(due):
        taken = _take(world, due[due_on], room)
        for cohort, count in taken.items():
            queues[cohort][due_on] -= count
        sent += taken
    return sent


def _take(world: World, wished: Mapping[Cohort, int], room: Room) -> Counter[Cohort]:
    """Take from the room what is wished, shared out at each sign-in, and then whatever is left of it."""
    by_sign_in: Counter[Scope] = Counter()
    for cohort, count in wished.items():
        by_sign_in[world.scopes[cohort.server_id][0]] += count
    rooms_before = {scope: room.get(scope, _WITHOUT_END) for scope in by_sign_in}
    taken: Counter[Cohort] = Counter()
    for cohort, count in wished.items():
        sign_in = world.scopes[cohort.server_id][0]
        share = min(count, count * rooms_before[sign_in] // by_sign_in[sign_in])
        taken[cohort] += _take_one(world, cohort, share, room)
    for cohort, count in wished.items():
        taken[cohort] += _take_one(world, cohort, count - taken[cohort], room)
    return +taken


def _take_one(world: World, cohort: Cohort, wished: int, room: Room) -> int:
    scopes = [scope for scope in _scopes(world, cohort) if scope in room]
    count = min([wished, *(room[scope] for scope in scopes)])
    for scope in scopes:
        room[scope] -= count
    return count


def _scopes(world: World, cohort: Cohort) -> tuple[Scope, ...]:
    scopes = world.scopes[cohort.server_id]
    return scopes if cohort.step else (*scopes, ("sequence", cohort.sequence_id))


def _advance(world: World, queues: dict[Cohort, Counter[int]], cohort: Cohort, count: int, day: int) -> None:
    plan, step = world.plans[cohort.sequence_id], cohort.step + 1
    if step == plan.step_count:
        return  # That was the last one.
    due_on = plan.due_on(step, day)
    if due_on is not None:
        following = Cohort(cohort.sequence_id, cohort.server_id, step)
        queues.setdefault(following, Counter())[due_on] += count
