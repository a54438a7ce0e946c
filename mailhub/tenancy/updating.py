"""Many rows with different values, changed in one statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import scoped_tenant_id

# Django counts on 999 values in a statement of SQLite.
_MOST_VALUES = {"sqlite": 999, "postgresql": 30_000}


def update_rows(rows: Sequence[TenantModel], fields: Sequence["models.Field[Any, Any]"]) -> None:
    """Write `fields` of rows of one model, by primary key, within the open scope.

    `bulk_update` writes a CASE for each column, over which both we and the database take about ten times as long. This
    is UPDATE … FROM (VALUES …), which PostgreSQL and SQLite have.
    """
    at_once = max(1, _MOST_VALUES[connection.vendor] // (len(fields) + 1))
    for first in range(0, len(rows), at_once):
        _update(rows[first : first + at_once], fields)


def _update(rows: Sequence[TenantModel], fields: Sequence["models.Field[Any, Any]"]) -> None:
    table = rows[0]._meta
    key = table.pk
    columns = [key, *fields]
    assigned = ", ".join(f'"{field.column}" = v.c{number}' for number, field in enumerate(fields, start=1))
    others = ", ".join(["%s"] * len(columns))
    values = ", ".join([f"({', '.join(map(_typed, columns))})", *[f"({others})"] * (len(rows) - 1)])
    statement = (
        f"WITH v({', '.join(f'c{number}' for number in range(len(columns)))}) AS (VALUES {values}) "  # noqa: S608
        f'UPDATE "{table.db_table}" SET {assigned} FROM v WHERE "{table.db_table}"."{key.column}" = v.c0'
    )
    values_of_rows = [_prepared(row, field) for row in rows for field in columns]
    tenant_id = scoped_tenant_id()
    if tenant_id is not None:
        # As the managers would have it: rows of another tenant are not there.
        statement += f' AND "{table.db_table}".tenant_id = %s'
        values_of_rows.append(tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(statement, values_of_rows)


def _typed(field: "models.Field[Any, Any]") -> str:
    """The first row says of what type each column is, else PostgreSQL takes every text for text."""
    if connection.vendor == "sqlite":
        return "%s"
    return f"%s::{field.rel_db_type(connection) if field.is_relation else field.db_type(connection)}"


def _prepared(row: models.Model, field: "models.Field[Any, Any]") -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)
