"""The scope: whose rows this code may see. Closed unless opened; a query outside raises instead of answering."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class ScopeMissing(RuntimeError):
    """Tenant rows were asked for outside any scope."""


@dataclass(frozen=True)
class _OneTenant:
    tenant_id: int


@dataclass(frozen=True)
class _Everything:
    reason: str


_current: ContextVar[_OneTenant | _Everything | None] = ContextVar("tenant scope", default=None)


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Within it, managers of tenant rows see the rows of this tenant only."""
    token = _current.set(_OneTenant(tenant_id))
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Within it, managers see the rows of every tenant. Rare: the reason is for whoever reads the code."""
    if not reason:
        raise ValueError("State the reason for leaving the tenant scope.")
    token = _current.set(_Everything(reason))
    try:
        yield
    finally:
        _current.reset(token)


def scoped_tenant_id() -> int | None:
    """Return the tenant of the open scope, None inside `unscoped`; raise ScopeMissing outside both."""
    scope = _current.get()
    if scope is None:
        raise ScopeMissing("No tenant scope is open: wrap this in tenant_scope(tenant_id).")
    return scope.tenant_id if isinstance(scope, _OneTenant) else None


def setting_for_database() -> str | None:
    """Return what row-level security is told: a tenant id, "all", or None where no scope is open."""
    scope = _current.get()
    if scope is None:
        return None
    return str(scope.tenant_id) if isinstance(scope, _OneTenant) else "all"
