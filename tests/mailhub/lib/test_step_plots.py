"""Numbers become lines of steps."""

from mailhub.lib.plots.steps import stepped


def test_a_line_of_steps_stays_on_each_number_for_its_whole_room() -> None:
    plot = stepped([1, 2], [2, 2], height=100, margin=0)

    assert plot.line == "M0.000 50V50H50.000V0H100.000"
    assert plot.area == "M0.000 50V50H50.000V0H100.000V100H0.000Z"
    assert (plot.level, plot.level_y) == ("M0.000 0V0H50.000V0H100.000", 0)


def test_where_nothing_is_known_the_line_has_a_gap() -> None:
    plot = stepped([None, 1, None, 1], [None] * 4, height=100, margin=0)

    assert plot.line == "M25.000 0V0H50.000 M75.000 0V0H100.000"
    assert [step.y for step in plot.steps] == [None, 0, None, 0]
    assert plot.level_y is None


def test_no_numbers_make_an_empty_plot() -> None:
    plot = stepped([], [], height=100)

    assert (plot.line, plot.steps) == ("", ())
