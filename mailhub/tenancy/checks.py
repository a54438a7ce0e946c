"""System checks that stop a start that would go wrong later."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from mailhub.tenancy import composite_keys, row_security


def pipelines_import(**_kwargs: Any) -> list[CheckMessage]:
    """Every function that a table of the settings names exists."""
    tables = {f"PIPELINES[{name!r}]": names for name, names in settings.PIPELINES.items()}
    tables |= {"TENANT_CREATED": settings.TENANT_CREATED, "PLAN_CHANGED": settings.PLAN_CHANGED}
    tables |= {"TENANT_ZONE_CHANGED": settings.TENANT_ZONE_CHANGED, "SUBSCRIPTION_ENDED": settings.SUBSCRIPTION_ENDED}
    tables |= {"BLOBS_NAMED_BY": settings.BLOBS_NAMED_BY, "STANDING_CHANGED": settings.STANDING_CHANGED}
    problems: list[CheckMessage] = []
    for table, names in tables.items():
        for name in names:
            try:
                import_string(name)
            except ImportError as error:
                problems.append(Error(f"{table} names {name}: {error}", id="mailhub.E001"))
    return problems


def walls_stand(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Composite keys and policies are in the database (where migrations are up to date: migrate installs them)."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            continue
        absent = [f"composite key {name}" for name in composite_keys.missing(connection)]
        absent += [f"policy of {table}" for table in row_security.missing(connection)]
        problems += [Error(f"The {one} is missing: run migrate.", id="mailhub.E002") for one in sorted(absent)]
        if row_security.role_bypasses(connection):
            words = "The database role is a superuser or has BYPASSRLS, so row-level security does not hold it."
            problems.append(Error(words, hint="Connect as an ordinary role that owns the database.", id="mailhub.E003"))
    return problems
