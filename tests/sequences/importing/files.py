"""Imports as tests begin them, and files as people have them."""

from collections.abc import Sequence
from typing import Any

from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from sequences.importing import starting, working
from sequences.models import ContactImport, ContactList, ImportRow


def table(*rows: Sequence[str]) -> bytes:
    """Return rows as a CSV file that needs no quotation marks."""
    return "".join(f"{','.join(row)}\n" for row in rows).encode()


def people(count: int, *, first: int = 1) -> bytes:
    """Return a file with so many people, whose addresses end with their number."""
    names = (["email", "first name", "company"],)
    return table(*names, *([f"p{n}@example.com", f"Person {n}", "Acme"] for n in range(first, first + count)))


def uploaded(raw: bytes, by: Membership, filename: str = "people.csv") -> ContactImport:
    with tenant_scope(by.tenant_id):
        return starting.take_in(raw, filename, by=by, now=clock.now())


def tried(
    raw: bytes, by: Membership, *, contact_list: ContactList | None = None, on_duplicate: str = "fill", **values: Any
) -> ContactImport:
    """Upload a file and try it, with the mapping that is guessed unless another is given."""
    one = uploaded(raw, by)
    with tenant_scope(by.tenant_id):
        mapping = values.pop("mapping", one.mapping)
        starting.try_out(one, mapping=mapping, on_duplicate=on_duplicate, contact_list=contact_list)
    return worked(one)


def done(raw: bytes, by: Membership, **values: Any) -> ContactImport:
    """Upload a file, try it and import it."""
    one = tried(raw, by, **values)
    with tenant_scope(by.tenant_id):
        starting.run(one)
    return worked(one)


def undone(one: ContactImport) -> ContactImport:
    with tenant_scope(one.tenant_id):
        starting.undo(one)
    return worked(one)


def worked(one: ContactImport) -> ContactImport:
    """Let a worker come until nothing waits."""
    with tenant_scope(one.tenant_id):
        while working.work(one.pk, now=clock.now):
            continue
        return one.refreshed()


def outcomes(one: ContactImport) -> dict[int, str]:
    """Return what became of each row, by its number."""
    return {row.number: row.outcome for row in rows_of(one)}


def rows_of(one: ContactImport) -> list[ImportRow]:
    with tenant_scope(one.tenant_id):
        is_trial = one.state in (ContactImport.State.TRYING, ContactImport.State.TRIED)
        return list(ImportRow.objects.filter(contact_import=one, is_trial=is_trial).order_by("number"))


def row_of(one: ContactImport, number: int) -> ImportRow:
    return next(row for row in rows_of(one) if row.number == number)
