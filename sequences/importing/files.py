"""Which files are taken: how large, how long, and what is no table at all (SECURITY TC22)."""

from dataclasses import dataclass
from itertools import islice

from sequences.importing import guessing
from sequences.importing.reading import FileUnreadable, Row, Shape, header_of, rows
from sequences.models import ContactField

MOST_OCTETS = 20 * 1024 * 1024
MOST_ROWS = 100_000
PREVIEW_ROWS = 5


class FileRefused(ValueError):
    """The file is not taken; the message says, to people, why and what to do."""


@dataclass(frozen=True)
class Table:
    """A file that can be read in this shape."""

    shape: Shape
    columns: list[str]
    row_count: int
    # The first rows, for guessing and showing.
    sample: list[Row]


def read_upload(raw: bytes) -> Table:
    """Return what a file that was just uploaded most likely is; raise FileRefused."""
    if len(raw) > MOST_OCTETS:
        raise FileRefused(f"This file is larger than {MOST_OCTETS // 1024**2} MB. Cut it into several.")
    if not raw.strip(b"\0 \t\r\n"):
        raise FileRefused("This file is empty.")
    kind = next((words for mark, words in _NO_TABLES if raw.startswith(mark)), None)
    if kind is not None:
        raise FileRefused(f"This is {kind}. In the program that made it, choose “Save as” and then “CSV UTF-8”.")
    return read_table(raw, guessing.shape_of(raw))


def read_table(raw: bytes, shape: Shape) -> Table:
    """Return the file as a table of this shape; raise FileRefused."""
    try:
        columns = header_of(raw, shape)
        found = rows(raw, shape)
        sample = list(islice(found, guessing.SAMPLE_ROWS))
        count = len(sample)
        for _row in found:
            count += 1
            if count > MOST_ROWS:
                raise FileRefused(f"This file has more than {MOST_ROWS:,} rows. Cut it into several.")
    except FileUnreadable as unreadable:
        raise FileRefused(str(unreadable)) from unreadable
    if not count:
        raise FileRefused("This file has no row below its header.")
    # A row without a header may be narrower than those below it.
    width = max(len(row.cells) for row in sample)
    if not shape.has_header and width > len(columns):
        columns += [f"Column {at}" for at in range(len(columns) + 1, width + 1)]
    return Table(shape, columns, count, sample)


def guess_mapping(table: Table) -> list[str]:
    """Return for each column the field that it most likely fills, with the account's own fields."""
    return guessing.mapping_of(table.columns, table.sample, ContactField.objects.all())


_NO_TABLES = (
    (b"PK\x03\x04", "a workbook or an archive (such as .xlsx, .ods or .zip), and no CSV"),
    (b"PK\x05\x06", "an empty archive, and no CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls), and no CSV"),
    (b"%PDF-", "a PDF, and no CSV"),
    (b"\x1f\x8b", "a compressed file (.gz), and no CSV"),
    (b"Rar!", "an archive (.rar), and no CSV"),
    (b"7z\xbc\xaf", "an archive (.7z), and no CSV"),
    (b"\x89PNG", "a picture, and no CSV"),
    (b"\xff\xd8\xff", "a picture, and no CSV"),
    (b"SQLite format 3", "a database, and no CSV"),
    (b"BEGIN:VCARD", "an address book in vCard format, and no CSV"),
    (b"<html", "a web page, and no CSV"),
    (b"<!DOCTYPE", "a web page, and no CSV"),
    (b"<?xml", "an XML file, and no CSV"),
    (b"{\\rtf", "a text document, and no CSV"),
)
