"""Sharing servers between processes, and waiting after failures."""

import itertools

import pytest

from servers.watching import backoff
from servers.watching.limits import excess, fair_share


@pytest.mark.parametrize(("total", "watchers", "share"), [(0, 1, 0), (10, 1, 10), (10, 3, 4), (10, 0, 10)])
def test_shares_cover_everything(total: int, watchers: int, share: int) -> None:
    assert fair_share(total, watcher_count=watchers) == share


@pytest.mark.parametrize(("held", "share", "given_back"), [(40, 20, 20), (21, 20, 0), (22, 20, 2), (1040, 1000, 0)])
def test_a_small_excess_stays_where_it_is(held: int, share: int, given_back: int) -> None:
    assert excess(held, share=share) == given_back


def test_pauses_begin_with_seconds_and_end_at_ten_minutes() -> None:
    pauses = [backoff.pause_after(count).total_seconds() for count in range(1, 40)]

    assert 1.4 <= pauses[0] <= 2
    assert all(later > earlier / 2 for earlier, later in itertools.pairwise(pauses))
    assert all(420 <= pause <= 600 for pause in pauses[12:])


def test_pauses_differ_so_that_not_all_come_at_once() -> None:
    assert len({backoff.pause_after(5) for _ in range(20)}) > 1


def test_failures_are_counted_anew_after_a_steady_connection() -> None:
    assert backoff.failures_after(7, lived_seconds=300) == 1
    assert backoff.failures_after(7, lived_seconds=3) == 8
