"""What people do with an import: each a conditional step from one state to the next, worked on when the bell rings."""

import os
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership
from sequences.importing.files import Table, guess_mapping, read_upload
from sequences.importing.undoing import to_undo
from sequences.models import ContactImport, ContactList, ImportRow

_State = ContactImport.State
TOTAL = "total"
FAILED_IN = "failed_in"


def take_in(raw: bytes, filename: str, *, by: Membership, now: datetime) -> ContactImport:
    """Keep an uploaded file, with a guess at what it holds; raise FileRefused. No transaction may be open."""
    table = read_upload(raw)
    # The bytes first: a row never names what is not on the disk.
    digest = blobs.put(by.tenant_id, raw)
    taken: ContactImport = ContactImport.objects.create(
        tenant_id=by.tenant_id,
        filename=_readable(filename),
        raw_sha256=digest,
        size=len(raw),
        encoding=table.shape.encoding,
        delimiter=table.shape.delimiter,
        has_header=table.shape.has_header,
        columns=table.columns,
        mapping=guess_mapping(table),
        row_count=table.row_count,
        created_by=by,
        created_at=now,
    )
    return taken


def reshape(contact_import: ContactImport, table: Table) -> bool:
    """Read the file in another shape from now on, and guess anew what its columns hold."""
    return bool(
        _before_the_run(contact_import).update(
            state=_State.UPLOADED,
            encoding=table.shape.encoding,
            delimiter=table.shape.delimiter,
            has_header=table.shape.has_header,
            columns=table.columns,
            mapping=guess_mapping(table),
            row_count=table.row_count,
        )
    )


def try_out(
    contact_import: ContactImport,
    *,
    mapping: Sequence[str],
    on_duplicate: str,
    contact_list: ContactList | None,
) -> bool:
    """Begin a trial with this mapping; what an earlier trial foresaw is forgotten. False when it runs already."""
    with transaction.atomic():
        begun = _before_the_run(contact_import).update(
            state=_State.TRYING,
            mapping=list(mapping),
            on_duplicate=on_duplicate,
            list=contact_list,
            **_FRESH,
        )
        if begun:
            ImportRow.objects.filter(contact_import=contact_import).delete()
    return bool(begun)


def run(contact_import: ContactImport) -> bool:
    """Begin to import what was tried."""
    tried = ContactImport.objects.filter(pk=contact_import.pk, state=_State.TRIED).exclude(raw_sha256="")
    return bool(tried.update(state=_State.RUNNING, **_FRESH))


def stop(contact_import: ContactImport, *, by: Membership) -> bool:
    """Stop a run where it is: the batch under way is not written, what was written stays until it is undone."""
    words = f"Stopped by {by.user.name or by.user.email}."
    running = ContactImport.objects.filter(pk=contact_import.pk, state=_State.RUNNING)
    with transaction.atomic():
        mine = running.select_for_update(of=("self",)).first()
        if mine is None:
            return False
        counts = {**mine.counts, FAILED_IN: mine.state}
        running.update(state=_State.FAILED, words=words, counts=counts, token=None, lease_until=None)
    return True


def go_on(contact_import: ContactImport) -> bool:
    """Go on where it failed or was stopped."""
    if not may_go_on(contact_import):
        return False
    state = contact_import.counts[FAILED_IN]
    counts = {name: number for name, number in contact_import.counts.items() if name != FAILED_IN}
    failed = ContactImport.objects.filter(pk=contact_import.pk, state=_State.FAILED)
    return bool(failed.update(state=state, counts=counts, words="", finished_at=None))


def may_go_on(contact_import: ContactImport) -> bool:
    """Whether it failed, or was stopped, while it wrote or was undone."""
    if contact_import.state != _State.FAILED or not contact_import.raw_sha256:
        return False
    return contact_import.counts.get(FAILED_IN) in (_State.RUNNING, _State.UNDOING)


def undo(contact_import: ContactImport) -> bool:
    """Begin to take back what was written."""
    if not may_undo(contact_import):
        return False
    counts = {TOTAL: to_undo(contact_import).count()}
    ended = ContactImport.objects.filter(pk=contact_import.pk, state=contact_import.state)
    return bool(ended.update(state=_State.UNDOING, **_FRESH | {"counts": counts}))


def may_undo(contact_import: ContactImport) -> bool:
    """Whether it has written something that is still known by row."""
    if not contact_import.raw_sha256:
        return False
    failed_in = contact_import.counts.get(FAILED_IN) if contact_import.state == _State.FAILED else None
    return contact_import.state == _State.DONE or failed_in == _State.RUNNING


def discard(contact_import: ContactImport) -> bool:
    """Forget an import that has written nothing."""
    count, _of_each = _before_the_run(contact_import).delete()
    return bool(count)


def _before_the_run(contact_import: ContactImport) -> QuerySet[ContactImport]:
    """Return the row while nothing was written by it."""
    written = ImportRow.objects.filter(contact_import=OuterRef("pk"), is_trial=False)
    mine = ContactImport.objects.filter(pk=contact_import.pk).exclude(raw_sha256="")
    rows: QuerySet[ContactImport] = mine.filter(
        ~Exists(written), state__in=[_State.UPLOADED, _State.TRIED, _State.FAILED]
    )
    return rows


def _readable(filename: str) -> str:
    name = os.path.basename(filename.replace("\\", "/"))
    shown = "".join(one for one in unicodedata.normalize("NFC", name) if unicodedata.category(one)[0] != "C")
    return shown.strip()[:200] or "contacts.csv"


_FRESH = {
    "done_count": 0,
    "counts": {},
    "words": "",
    "finished_at": None,
    "token": None,
    "lease_until": None,
}
