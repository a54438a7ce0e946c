"""Doorbells that know their tenant."""

import logging
from collections.abc import Callable
from typing import Any

import kombu.exceptions
from celery import Task
from django.db import close_old_connections, transaction

from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)


class Bell(Task[Any, Any]):
    """A task that carries ids only. A broker that is away costs time, never work: the sweep finds what is due."""

    abstract = True

    def ring(self, *ids: Any) -> None:
        """Ring once the transaction around the caller is committed."""
        transaction.on_commit(lambda: self._ring_now(ids))

    def _ring_now(self, ids: tuple[Any, ...]) -> None:
        try:
            self.apply_async(args=tuple(str(one) for one in ids), retry=False, ignore_result=True)
        except kombu.exceptions.OperationalError as error:
            log.warning("The broker did not take %s: %s. The sweep will find the work.", self.name, error)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        close_old_connections()
        try:
            return self._within_scope(self.run, args, kwargs)
        finally:
            close_old_connections()

    def _within_scope(self, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return run(*args, **kwargs)


class TenantTask(Bell):
    """A task whose first argument is the id of the tenant whose scope it opens."""

    abstract = True

    def _within_scope(self, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tenant_id, *ids = args
        with tenant_scope(int(tenant_id)):
            return run(int(tenant_id), *ids, **kwargs)
