"""Puts a report together: its table, its lines, and what can be said of the texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from mailhub.tenancy.models import Membership
from sequences.models import Sequence
from sequences.reporting import comparing
from sequences.reporting.comparing import Outcome, Share
from sequences.reporting.counting import (
    Cell,
    Key,
    Machines,
    Split,
    by_day,
    by_group,
    cells_of,
    machines_of,
    visible_sends,
)
from sequences.reporting.funnel import Stage, funnel_of
from sequences.reporting.groups import Group, groups_of, groups_of_sequences, tracked_by
from sequences.reporting.lines import Bucket, LinePlot, Series, buckets_of, plot, summed
from sequences.reporting.measures import BY_KEY, Measure, Tally, percent, shown, total
from sequences.reporting.wishes import Wish

# As many lines as there are colours.
_MOST_LINES = 8
_OUT = ("sent", "delivered")
_BACK = ("replied", "opened", "clicked", "bounced", "away", "unsubscribed", "complained", "uncertain")


@dataclass(frozen=True)
class Figure:
    """One cell of the table: a number and, where there is one, its rate. `notes` stand below."""

    key: str
    count: int
    rate: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row of the table, with a figure for each column."""

    key: Key
    label: str
    words: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Day:
    """One row of the table of days."""

    words: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Verdict:
    """What can be said of the texts of one step."""

    step: str
    words: str
    is_sure: bool


@dataclass(frozen=True)
class Report:
    """Everything that a page of a report shows."""

    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    total: Row
    # The newest first, in as many rows as the plots have points.
    days: tuple[Day, ...]
    # Each single day, the first day first.
    by_day: tuple[tuple[date, tuple[Figure, ...]], ...]
    plots: tuple[LinePlot, ...]
    funnel: tuple[Stage, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    # Lines for so many rows are left out, as nobody could tell more apart.
    left_out: int = 0
    # Contacts added and mails counted: nothing of either is an empty page.
    is_empty: bool = False


def report_of(sequence: Sequence, membership: Membership, wish: Wish) -> Report:
    """Return the report of a sequence as one person may see it; the number of queries is always the same."""
    sends = visible_sends(membership).filter(sequence=sequence)
    cells = cells_of(sends, wish.split, wish.period)
    tracked = tracked_by(sequence)
    machines = machines_of(sends, wish.split, wish.period) if tracked else {}
    groups = groups_of(wish.split, sequence, by_group(cells), machines)
    funnel = tuple(funnel_of(sequence, membership, wish.period))
    verdicts = tuple(_verdicts(groups)) if wish.split is Split.VARIANT else ()
    return _assembled(wish, cells, groups, asked_for=tracked, funnel=funnel, verdicts=verdicts)


def report_of_all(sequences: Listed[Sequence], membership: Membership, wish: Wish) -> Report:
    """Return the sequences that this person sees side by side, as far as they sent something."""
    sends = visible_sends(membership).filter(sequence__in=[one.pk for one in sequences])
    cells = cells_of(sends, Split.SEQUENCE, wish.period)
    groups = groups_of_sequences(sequences, by_group(cells))
    asked_for = {key for one in sequences for key in tracked_by(one)} if groups else set()
    return _assembled(wish, cells, groups, asked_for=asked_for)


def _assembled(
    wish: Wish,
    cells: Listed[Cell],
    groups: Listed[Group],
    *,
    asked_for: Iterable[str],
    funnel: tuple[Stage, ...] = (),
    verdicts: tuple[Verdict, ...] = (),
) -> Report:
    whole = total(group.tally for group in groups)
    measures = tuple(shown(whole, asked_for=asked_for))
    buckets = buckets_of(wish.period)
    days = by_day(cells)
    lines = BY_KEY.get(wish.lines)
    drawn = groups[:_MOST_LINES] if lines is not None else []
    plots = [_by_row(buckets, cells, drawn, lines)] if lines is not None else _by_measure(buckets, days, measures)
    return Report(
        measures=measures,
        rows=tuple(_row(group, measures) for group in groups),
        total=_row(_whole(groups, whole), measures),
        days=tuple(_day(bucket, days, measures) for bucket in reversed(buckets)),
        by_day=tuple((day, _figures(days.get(day, Tally()), measures)) for day in wish.period.days),
        plots=tuple(plots),
        funnel=funnel,
        verdicts=verdicts,
        left_out=len(groups) - len(drawn) if lines is not None else 0,
        is_empty=not cells and not any(stage.count for stage in funnel),
    )


def _whole(groups: Listed[Group], tally: Tally) -> Group:
    machines = [group.machines for group in groups]
    return Group(
        key=(),
        label="All",
        words="",
        tally=tally,
        machines=Machines(
            opened_by_proxies=sum(one.opened_by_proxies for one in machines),
            opened_by_scanners=sum(one.opened_by_scanners for one in machines),
            clicked_by_proxies=sum(one.clicked_by_proxies for one in machines),
            clicked_by_scanners=sum(one.clicked_by_scanners for one in machines),
        ),
        unwatched=frozenset[str]().union(*(group.unwatched for group in groups)),
    )


def _row(group: Group, measures: Iterable[Measure]) -> Row:
    notes = _notes(group.machines)
    figures = tuple(_figure(group.tally, measure, notes.get(measure.key, ()), group.unwatched) for measure in measures)
    return Row(group.key, group.label, group.words, figures)


def _figure(
    tally: Tally, measure: Measure, notes: tuple[str, ...] = (), unwatched: frozenset[str] = frozenset()
) -> Figure:
    rate = None if measure.key in unwatched else tally.rate(measure)
    return Figure(measure.key, tally.count(measure.key), percent(rate), notes)


def _notes(machines: Machines) -> dict[str, tuple[str, ...]]:
    counted = {
        "opened": ((machines.opened_by_proxies, "proxies"), (machines.opened_by_scanners, "scanners")),
        "clicked": ((machines.clicked_by_proxies, "proxies"), (machines.clicked_by_scanners, "scanners")),
    }
    return {key: tuple(f"{who}: {count}" for count, who in pairs if count) for key, pairs in counted.items()}


def _day(bucket: Bucket, days: dict[date, Tally], measures: Iterable[Measure]) -> Day:
    tally = total(tally for day, tally in days.items() if bucket.first <= day <= bucket.last)
    return Day(bucket.words, _figures(tally, measures))


def _figures(tally: Tally, measures: Iterable[Measure]) -> tuple[Figure, ...]:
    return tuple(_figure(tally, measure) for measure in measures)


def _by_measure(buckets: Listed[Bucket], days: dict[date, Tally], measures: Iterable[Measure]) -> list[LinePlot]:
    """Return a plot of what went out and one of what came back: on one scale the second would lie at the bottom."""
    there = {measure.key: measure for measure in measures}
    titles = {"out": ("What went out", _OUT), "back": ("What came back", _BACK)}
    return [
        plot(
            name,
            title,
            buckets,
            [
                Series(
                    there[key].label, f"line-{key}", summed(buckets, {on: one.count(key) for on, one in days.items()})
                )
                for key in keys
                if key in there
            ],
        )
        for name, (title, keys) in titles.items()
    ]


def _by_row(buckets: Listed[Bucket], cells: Iterable[Cell], groups: Iterable[Group], measure: Measure) -> LinePlot:
    counts: defaultdict[Key, dict[date, int]] = defaultdict(dict)
    for cell in cells:
        counts[cell.key][cell.on] = cell.tally.count(measure.key)
    series = [
        Series(group.label, f"line-{number}", summed(buckets, counts[group.key])) for number, group in enumerate(groups)
    ]
    return plot("rows", measure.label, buckets, series)


def _verdicts(groups: Iterable[Group]) -> Iterable[Verdict]:
    """Say of each step with several texts whether one of them is answered more often."""
    for _step, members in groupby(groups, key=lambda group: group.step_id):
        texts = [group for group in members if group.key[-1] is not None]
        if len(texts) < 2:
            continue
        shares = [Share(group.tally.replied, group.tally.delivered) for group in texts]
        judgement = comparing.judge(shares)
        step, _dot, _label = texts[0].label.partition(" · ")
        told = ", ".join(
            f"{text.label.partition(' · ')[2]} {_range(share)}" for text, share in zip(texts, shares, strict=True)
        )
        best = texts[judgement.best].label.partition(" · ")[2] if judgement.best is not None else ""
        yield Verdict(step, _WORDS[judgement.outcome].format(best=best, told=told), judgement.best is not None)


def _range(share: Share) -> str:
    interval = comparing.wilson(share)
    return f"{interval.low * 100:.0f}–{interval.high * 100:.0f} %"


_WORDS = {
    Outcome.TOO_FEW: f"Too few yet to tell the texts apart: of each, {comparing.FEWEST} have to be delivered first.",
    Outcome.NO_DIFFERENCE: "No difference that means something yet. Replies, in 95 of 100 cases: {told}.",
    Outcome.BEST: "{best} is answered more often, and chance hardly explains it. Replies, in 95 of 100 cases: {told}.",
}
