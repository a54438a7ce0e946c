"""A report as rows of a table for other programs: numbers in one column each, without their rates."""

from collections.abc import Iterable, Iterator

from sequences.exporting import Row
from sequences.reporting.reports import Figure, Report


def table_header(report: Report, row_label: str) -> Row:
    return (row_label, "Detail", *_measures(report))


def table_rows(report: Report) -> Iterator[Row]:
    """Yield a row for each of the table, and one for all together."""
    for row in (*report.rows, report.total):
        yield (row.label, row.words, *_numbers(row.figures))


def day_header(report: Report) -> Row:
    return ("Day", *_measures(report))


def day_rows(report: Report) -> Iterator[Row]:
    """Yield a row for each day, the first day first, however many days share a point of the plot."""
    for day, figures in report.by_day:
        yield (day.isoformat(), *_numbers(figures))


def _measures(report: Report) -> tuple[str, ...]:
    return tuple(measure.label for measure in report.measures)


def _numbers(figures: Iterable[Figure]) -> tuple[str, ...]:
    return tuple(str(figure.count) for figure in figures)
