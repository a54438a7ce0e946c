"""What people see of an import: its numbers, its rows, and the rows that were refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailhub.tenancy import blobs
from sequences.importing import undoing
from sequences.importing.deciding import Outcome
from sequences.importing.reading import Row, Shape, rows
from sequences.importing.starting import FAILED_IN, TOTAL
from sequences.models import ContactImport, ImportRow

_State = ContactImport.State
PAGE = 50
_BATCH = 500
# What became of rows when an import was undone, and how that is called.
UNDONE_WORDS = {
    undoing.REMOVED: "Contact removed",
    undoing.RESTORED: "Put back",
    undoing.KEPT: "Kept",
}


@dataclass(frozen=True)
class Count:
    """How many rows came out so; `value` is what a list is narrowed by."""

    value: str
    label: str
    number: int


@dataclass(frozen=True)
class RowPage:
    """One page of rows, and the number behind which the next one begins."""

    rows: list[ImportRow]
    next_after: int | None


def is_trial(contact_import: ContactImport) -> bool:
    """Whether what is known by row is what a trial foresaw."""
    if contact_import.state == _State.FAILED:
        return contact_import.counts.get(FAILED_IN, _State.TRYING) == _State.TRYING
    return contact_import.state in (_State.UPLOADED, _State.TRYING, _State.TRIED)


def is_undone(contact_import: ContactImport) -> bool:
    """Whether its numbers are those of undoing."""
    is_stuck = contact_import.state == _State.FAILED and contact_import.counts.get(FAILED_IN) == _State.UNDOING
    return is_stuck or contact_import.state in (_State.UNDOING, _State.UNDONE)


def counts_of(contact_import: ContactImport) -> list[Count]:
    """Return how many rows came out how, those of which there are none left out."""
    kinds = UNDONE_WORDS if is_undone(contact_import) else dict(Outcome.choices)
    numbers = contact_import.counts
    return [Count(value, label, numbers[value]) for value, label in kinds.items() if numbers.get(value)]


def progress_of(contact_import: ContactImport) -> tuple[int, int]:
    """Return how many rows are through, and how many there are."""
    total = contact_import.counts.get(TOTAL, contact_import.row_count)
    return min(contact_import.done_count, total), total


def row_page(contact_import: ContactImport, outcome: str, *, after: int) -> RowPage:
    """Return the rows behind the number `after` that came out so; all of them for ""."""
    found = ImportRow.objects.filter(contact_import=contact_import, is_trial=is_trial(contact_import))
    if outcome in UNDONE_WORDS:
        found = found.filter(after__undone=outcome)
    elif outcome:
        found = found.filter(outcome=outcome)
    page = list(found.filter(number__gt=after).select_related("contact").order_by("number")[: PAGE + 1])
    return RowPage(page[:PAGE], page[PAGE - 1].number if len(page) > PAGE else None)


def words_of(row: ImportRow) -> str:
    """Return what is said of a row: of a new contact, what is known of it."""
    if row.words or row.outcome != Outcome.CREATED:
        return row.words
    values = {name: value for name, value in row.after.items() if name != undoing.UNDONE}
    full_name = f"{values.pop('first_name', '')} {values.pop('last_name', '')}".strip()
    return " · ".join(filter(None, [full_name, *map(str, values.values())]))


def preview_of(contact_import: ContactImport, count: int) -> list[list[str]]:
    """Return the first cells of each column, for showing beside it; raise BlobMissing, FileUnreadable."""
    sample = list(islice(_rows_of(contact_import), count))
    return [
        [row.cells[at] if at < len(row.cells) else "" for row in sample] for at in range(len(contact_import.columns))
    ]


def refused_header(contact_import: ContactImport) -> list[str]:
    """Return the columns of the file, with why a row was refused behind them."""
    return [*contact_import.columns, "Row", "Why it was refused"]


def refused_batches(contact_import: ContactImport) -> Iterator[Sequence[Sequence[str]]]:
    """Return the refused rows as they stand in the file, with the reason; raise BlobMissing."""
    refused = ImportRow.objects.filter(
        contact_import=contact_import, is_trial=is_trial(contact_import), outcome=Outcome.REFUSED
    )
    reasons = dict(refused.values_list("number", "words"))
    width = len(contact_import.columns)
    found = (row for row in _rows_of(contact_import) if row.number in reasons)
    while batch := list(islice(found, _BATCH)):
        yield [[*_padded(row, width), str(row.number), reasons[row.number]] for row in batch]


def _padded(row: Row, width: int) -> list[str]:
    return [*row.cells[:width], *[""] * (width - len(row.cells))]


def _rows_of(contact_import: ContactImport) -> Iterator[Row]:
    raw = blobs.get(contact_import.tenant_id, contact_import.raw_sha256)
    return rows(raw, Shape(contact_import.encoding, contact_import.delimiter, contact_import.has_header))
