"""The forecast of a sequence, with what shares its limits."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sequences.limits.quotas import Quotas
from sequences.models import Enrollment, Sequence
from sequences.schedule.forecasting.calendars import Calendar
from sequences.schedule.forecasting.rooms import rooms_on, scopes_of
from sequences.schedule.forecasting.simulating import Cohort, World, most_on, simulate
from sequences.schedule.forecasting.waiting import by_cohort, room_of_domains, steps_of, waiting_of
from sequences.schedule.timetables import timetable_of
from servers.models import OutgoingServer


@dataclass(frozen=True)
class DayForecast:
    """One day of the account's time zone: what is expected to leave, and the most that may."""

    date: date
    expected: int
    # Through the servers of this sequence, if nobody else sends; 0 without hours, None where nothing limits it.
    limit: int | None
    by_server: dict[uuid.UUID, int]


def forecast(
    sequence: Sequence, *, now: datetime, days: int = 14, through: Collection[uuid.UUID] | None = None
) -> list[DayForecast]:
    """Return what is expected to leave on each day from today on, if nobody answers and nothing bounces.

    What is not started or pauses is looked at as if it went on now. All is counted by days of the account's time
    zone, also where hours are those of the contact's. Other active sequences take their part of limits that they
    share. With `through`, only what leaves through these servers is told. The number of queries is fixed, and none
    returns a row for each contact.
    """
    quotas = Quotas.loaded(now=now)
    own = _own_servers(sequence, quotas)
    servers = _sharing(own, quotas)
    sequences = [sequence, *Sequence.objects.filter(state=Sequence.State.ACTIVE).exclude(pk=sequence.pk)]
    steps = steps_of(sequences)
    calendar = Calendar(now, quotas.rules.zone, days)
    waiting = waiting_of(sequence, sequences[1:], [one.pk for one in servers])
    cohorts = by_cohort(waiting, steps, calendar)

    named = {sequence.pk, *(one.sequence_id for one in cohorts)}
    running = [one for one in sequences if one.pk in named]
    timetables = {one.pk: timetable_of(one, None, quotas.rules) for one in running}
    hours = {one: calendar.hours(timetable) for one, timetable in timetables.items()}
    per_domain = quotas.rules.domain_per_day
    domains = None if per_domain is None else room_of_domains(waiting, per_domain)
    world = World(
        plans={
            one: calendar.plan([step for step in steps.get(one, []) if step.removed_at is None], timetable, hours[one])
            for one, timetable in timetables.items()
        },
        rooms=rooms_on(calendar.dates, quotas, servers, running, hours, domains),
        scopes=scopes_of(servers, quotas),
    )
    told = [one.pk for one in own if through is None or one.pk in through]
    return [
        _of_day(on, sent, sequence, told, limit=most_on(world, told, sequence.pk, day))
        for day, (on, sent) in enumerate(zip(calendar.dates, simulate(world, cohorts), strict=True))
    ]


def _own_servers(sequence: Sequence, quotas: Quotas) -> list[OutgoingServer]:
    rows = Enrollment.objects.filter(sequence=sequence).order_by().values_list("server_id", flat=True).distinct()
    used = {*rows, sequence.server_id}
    return [one for one in quotas.servers if one.pk in used]


def _sharing(own: list[OutgoingServer], quotas: Quotas) -> list[OutgoingServer]:
    """Return the servers whose mail counts in a limit that the mail of `own` counts in too."""
    if quotas.rules.per_day is not None or quotas.rules.domain_per_day is not None:
        return list(quotas.servers)
    sign_ins, mailboxes = {quotas.sign_in(one) for one in own}, {one.mailbox_id for one in own}
    return [one for one in quotas.servers if quotas.sign_in(one) in sign_ins or one.mailbox_id in mailboxes]


def _of_day(
    on: date, sent: Counter[Cohort], sequence: Sequence, told: Collection[uuid.UUID], *, limit: int | None
) -> DayForecast:
    by_server: Counter[uuid.UUID] = Counter()
    for cohort, count in sent.items():
        if cohort.sequence_id == sequence.pk and cohort.server_id in told:
            by_server[cohort.server_id] += count
    return DayForecast(date=on, expected=by_server.total(), limit=limit, by_server=dict(by_server))
