"""A file as a stream of rows: read from the beginning each time, never held whole as text."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

# A file with more columns was made for something else, or is read with the wrong delimiter.
MOST_COLUMNS = 200
DELIMITERS = ((",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar"))


class FileUnreadable(ValueError):
    """The file is no table as far as one can tell; the message says, to people, what to do."""


@dataclass(frozen=True)
class Shape:
    """How the bytes of a file become a table."""

    encoding: str
    delimiter: str
    has_header: bool


@dataclass(frozen=True)
class Row:
    """One row that has something in it. `number` counts from 1, as a table shows it, empty rows included."""

    number: int
    cells: list[str]


def header_of(raw: bytes, shape: Shape) -> list[str]:
    """Return the names of the columns, invented where the file has none; raise FileUnreadable."""
    first = next(_all_rows(raw, shape), None)
    if first is None:
        raise FileUnreadable("There is nothing in this file.")
    width = len(first.cells)
    names = first.cells if shape.has_header else [""] * width
    return [" ".join(name.split())[:_LONGEST_NAME] or f"Column {at}" for at, name in enumerate(names, start=1)]


def rows(raw: bytes, shape: Shape) -> Iterator[Row]:
    """Return the rows below the header, without those that are empty; raise FileUnreadable."""
    found = _all_rows(raw, shape)
    if shape.has_header:
        next(found, None)
    return found


def _all_rows(raw: bytes, shape: Shape) -> Iterator[Row]:
    number = 0
    try:
        for number, cells in enumerate(csv.reader(_lines(raw, shape.encoding), delimiter=shape.delimiter), start=1):
            row = Row(number, [_cleaned(cell) for cell in cells])
            if number == 1 and _SEPARATOR_LINE.fullmatch(shape.delimiter.join(row.cells)):
                continue
            if not any(row.cells):
                continue
            if len(row.cells) > MOST_COLUMNS and any(row.cells[MOST_COLUMNS:]):
                raise FileUnreadable(
                    f"Row {number:,} has {len(row.cells):,} columns; {MOST_COLUMNS} are read at most. "
                    "Take out the columns that you do not need, and choose the file again."
                )
            yield row
    except csv.Error as error:
        raise FileUnreadable(
            f"From row {number + 1:,} on this is no table: {error}. "
            "Mostly a quotation mark is open that nothing closes. Save the table as CSV anew."
        ) from error


def _lines(raw: bytes, encoding: str) -> Iterator[str]:
    # A byte that means nothing becomes U+FFFD, so that one bad row is refused and not the whole file.
    text = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, errors="replace", newline="")
    # No text of the database takes a NUL, and some programs leave the mark of Unicode before every part.
    return (line.replace("\0", "").replace("\ufeff", "") for line in text)


def _cleaned(cell: str) -> str:
    # What our own exports put in front of what looks like a formula goes again (sequences.exporting).
    return _QUOTED_FORMULA.sub("", cell.strip())


_LONGEST_NAME = 120
_QUOTED_FORMULA = re.compile(r"\A'(?=[=+@\-\uff1d\uff0b\uff0d\uff20])")
# What Excel writes, and reads, above a table to say what stands between its cells.
_SEPARATOR_LINE = re.compile(r"sep=.?", re.IGNORECASE)
