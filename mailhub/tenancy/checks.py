"""System checks that stop a start that would go wrong later."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from mailhub.tenancy import composite_keys


def pipelines_import(**_kwargs: Any) -> list[CheckMessage]:
    """Every handler of settings.PIPELINES exists."""
    problems: list[CheckMessage] = []
    for pipeline, names in settings.PIPELINES.items():
        for name in names:
            try:
                import_string(name)
            except ImportError as error:
                problems.append(Error(f"PIPELINES[{pipeline!r}] names {name}: {error}", id="mailhub.E001"))
    return problems


def composite_keys_installed(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Every composite key is in the database (only where migrations are up to date: migrate itself installs them)."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            continue
        problems += [
            Error(f"The composite key {name} is missing: run migrate.", id="mailhub.E002")
            for name in sorted(composite_keys.missing(connection))
        ]
    return problems
