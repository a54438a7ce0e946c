"""Lines of servers that have all the time in the world, and of those that have too much to say."""

import pytest

from servers.watching.lines import (
    LONGEST_LINE,
    OCTETS_PER_MINUTE,
    SLOWEST_LINE_SECONDS,
    Allowance,
    Lines,
    TooMuch,
)


def test_a_line_in_two_pieces_is_one_line() -> None:
    lines = Lines()

    first = lines.feed(b"* 4 EXI", now=0)
    second = lines.feed(b"STS\r\n* 5 EXISTS\r\n* 6", now=0)

    assert (first, second) == ([], [b"* 4 EXISTS", b"* 5 EXISTS"])


def test_a_line_in_single_octets_is_one_line() -> None:
    lines = Lines()

    found = [line for octet in b"* 4 EXISTS\r\n" for line in lines.feed(bytes([octet]), now=0)]

    assert found == [b"* 4 EXISTS"]


@pytest.mark.parametrize("ending", [b"", b"\r\n"])
def test_a_line_that_is_too_long_is_too_much(ending: bytes) -> None:
    lines = Lines()

    with pytest.raises(TooMuch):
        lines.feed(b"*" * (LONGEST_LINE + 1) + ending, now=0)


def test_pieces_that_add_up_to_a_line_that_is_too_long_are_too_much() -> None:
    lines = Lines()
    lines.feed(b"*" * LONGEST_LINE, now=0)

    with pytest.raises(TooMuch):
        lines.feed(b"*", now=0)


def test_a_line_that_is_not_finished_in_time_is_too_much() -> None:
    lines = Lines()
    lines.feed(b"* 4 EX", now=100)
    lines.feed(b"I", now=100 + SLOWEST_LINE_SECONDS)

    lines.check(now=100 + SLOWEST_LINE_SECONDS)
    with pytest.raises(TooMuch):
        lines.check(now=101 + SLOWEST_LINE_SECONDS)


def test_a_finished_line_may_be_old() -> None:
    lines = Lines()
    lines.feed(b"* 4 EXISTS\r\n", now=100)

    lines.check(now=10_000)


def test_more_than_the_minute_allows_is_too_much() -> None:
    allowance = Allowance(now=0)
    allowance.charge(OCTETS_PER_MINUTE)

    with pytest.raises(TooMuch):
        allowance.charge(1)


def test_the_next_minute_has_an_allowance_of_its_own() -> None:
    allowance = Allowance(now=0)
    allowance.charge(OCTETS_PER_MINUTE)

    allowance.charge_waking(now=60)


def test_single_octets_all_through_a_minute_are_too_much() -> None:
    allowance = Allowance(now=0)

    def drip() -> None:
        for _ in range(6000):
            allowance.charge_waking(now=1)
            allowance.charge(1)

    with pytest.raises(TooMuch):
        drip()
