"""How a view declares what it takes to see it."""

from collections.abc import Callable
from typing import Any, TypeVar

from mailhub.tenancy.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare the permission of a view. The middleware enforces it; a view without one is denied."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that anyone may see the view."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view
