"""A child row cannot point to a parent of another tenant: the database itself refuses it.

For every foreign key between two tenant tables the pair (tenant, parent) must exist. PostgreSQL gets real composite
foreign keys; SQLite gets triggers. Both come from the models, so a new model cannot forget its keys. Django rebuilds
SQLite tables on some migrations and drops their triggers silently: hence `install` after every migrate, and a check
that counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from mailhub.tenancy.rows import TenantModel


@dataclass(frozen=True)
class CompositeKey:
    """One foreign key between two tables of tenant rows, or from a tenant row to a membership."""

    child: str
    column: str
    parent: str
    parent_key: str

    @property
    def name(self) -> str:
        return f"tk_{self.child}_{self.column}"[:63]


def composite_keys() -> list[CompositeKey]:
    """Return every composite key that the models call for."""
    return [key for model in _tenant_models() for key in _keys_of(model)]


def tenant_tables() -> list[str]:
    """Return the tables of tenant rows; their `tenant_id` may never change."""
    return sorted({model._meta.db_table for model in _tenant_models()})


def install(connection: BaseDatabaseWrapper) -> None:
    """Create what is missing. Idempotent; tables that are not there yet are left for the next call."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        present = installed_names(connection)
        for name, statements in _wanted(connection.vendor, tables):
            if name not in present:
                for statement in statements:
                    cursor.execute(statement)


def uninstall_triggers(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers on SQLite before tables change; `install` makes them again.

    To alter a table there, Django makes it anew, drops the old one and renames the new one; SQLite renames nothing
    while a trigger names a table that is gone (https://www.sqlite.org/lang_altertable.html).
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        wanted = {name for name, _statements in _wanted(connection.vendor, tables)}
        for name in sorted(wanted & installed_names(connection)):
            cursor.execute(f'DROP TRIGGER "{name}"')


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the keys and triggers that should be in the database and are not."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    return {name for name, _statements in _wanted(connection.vendor, tables)} - installed_names(connection)


def installed_names(connection: BaseDatabaseWrapper) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def _tenant_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if issubclass(model, TenantModel):
            yield model


def _keys_of(model: type[models.Model]) -> Iterator[CompositeKey]:
    for field in model._meta.local_concrete_fields:
        parent = field.related_model
        if not isinstance(field, models.ForeignKey) or not isinstance(parent, type):
            continue
        # A membership carries its tenant too, although it is looked up before any scope is open.
        if issubclass(parent, TenantModel) or parent._meta.label == "tenancy.Membership":
            parent_key = str(field.target_field.column)
            yield CompositeKey(model._meta.db_table, str(field.column), parent._meta.db_table, parent_key)


def _wanted(vendor: str, tables: set[str]) -> Iterator[tuple[str, list[str]]]:
    keys = [key for key in composite_keys() if {key.child, key.parent} <= tables]
    frozen = [table for table in tenant_tables() if table in tables]
    if vendor == "sqlite":
        yield from _sqlite(keys, frozen)
    else:
        yield from _postgresql(keys, frozen)


def _sqlite(keys: list[CompositeKey], frozen: list[str]) -> Iterator[tuple[str, list[str]]]:
    for key in keys:
        for event in ("INSERT", f"UPDATE OF {key.column}, tenant_id"):
            name = f"{key.name}_{event.split()[0].lower()}"
            yield (
                name,
                [
                    f'CREATE TRIGGER "{name}" BEFORE {event} ON "{key.child}" WHEN NEW."{key.column}" IS NOT NULL '  # noqa: S608
                    f'AND NOT EXISTS (SELECT 1 FROM "{key.parent}" WHERE "{key.parent_key}" = NEW."{key.column}" '
                    f"AND tenant_id = NEW.tenant_id) "
                    f"BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY: {key.child}.{key.column} points to another tenant'); END"
                ],
            )
    for table in frozen:
        name = f"frozen_{table}"
        yield (
            name,
            [
                f'CREATE TRIGGER "{name}" BEFORE UPDATE OF tenant_id ON "{table}" WHEN NEW.tenant_id <> OLD.tenant_id '
                f"BEGIN SELECT RAISE(ABORT, '{table}.tenant_id never changes'); END"
            ],
        )


def _postgresql(keys: list[CompositeKey], frozen: list[str]) -> Iterator[tuple[str, list[str]]]:
    for parent, parent_key in sorted({(key.parent, key.parent_key) for key in keys}):
        name = f"tu_{parent}"[:63]
        yield name, [f'ALTER TABLE "{parent}" ADD CONSTRAINT "{name}" UNIQUE (tenant_id, "{parent_key}")']
    for key in keys:
        # Deferred, because Django deletes parents and children in one transaction in an order of its own.
        yield (
            key.name,
            [
                f'ALTER TABLE "{key.child}" ADD CONSTRAINT "{key.name}" FOREIGN KEY (tenant_id, "{key.column}") '
                f'REFERENCES "{key.parent}" (tenant_id, "{key.parent_key}") DEFERRABLE INITIALLY DEFERRED'
            ],
        )
    yield from _postgresql_frozen(frozen)


def _postgresql_frozen(frozen: list[str]) -> Iterator[tuple[str, list[str]]]:
    function = (
        "CREATE OR REPLACE FUNCTION mailhub_frozen_tenant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%.tenant_id never changes', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in frozen:
        name = f"frozen_{table}"[:63]
        yield (
            name,
            [
                function,
                f'CREATE TRIGGER "{name}" BEFORE UPDATE OF tenant_id ON "{table}" FOR EACH ROW '
                f"WHEN (NEW.tenant_id <> OLD.tenant_id) EXECUTE FUNCTION mailhub_frozen_tenant()",
            ],
        )
