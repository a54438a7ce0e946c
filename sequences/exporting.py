"""Tables that people download: the one place where CSV is written (SECURITY TC15, B117)."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from mailhub.tenancy.scope import tenant_scope

Row = Sequence[str]
# Programs for tables take a cell that begins so for a formula, and run it (OWASP ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BOM = "\ufeff"


def csv_response(
    request: HttpRequest,
    tenant_id: int,
    filename: str,
    header: Row,
    batches: Callable[[], Iterable[Sequence[Row]]],
    *,
    for_excel: bool,
) -> StreamingHttpResponse:
    """Return a table as a download that is written while it is read, so that its length costs no memory.

    `batches` is called when the download begins, and each batch is read in the scope of the tenant: that of the
    request is closed by then. `for_excel` puts a mark in front by which Excel knows UTF-8.
    """
    chunks = _chunks(tenant_id, header, batches, for_excel=for_excel)
    content = _awaited(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def safe_cell(text: str) -> str:
    """Return a value that no program takes for a formula: with an apostrophe in front of what begins like one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _chunks(
    tenant_id: int, header: Row, batches: Callable[[], Iterable[Sequence[Row]]], *, for_excel: bool
) -> Iterator[bytes]:
    yield ((_BOM if for_excel else "") + _lines([header])).encode()
    with tenant_scope(tenant_id):
        waiting = iter(batches())
    while True:
        # Closed again before the browser takes what was read: it may never ask for more.
        with tenant_scope(tenant_id):
            batch = next(waiting, None)
        if batch is None:
            return
        yield _lines(batch).encode()


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read a batch at a time beside the event loop, which would read all of them before it sends the first."""

    def read() -> bytes | None:
        return next(chunks, None)

    while (chunk := await sync_to_async(read)()) is not None:
        yield chunk


def _lines(rows: Iterable[Row]) -> str:
    table = io.StringIO(newline="")
    csv.writer(table, quoting=csv.QUOTE_ALL).writerows([safe_cell(cell) for cell in row] for row in rows)
    return table.getvalue()
