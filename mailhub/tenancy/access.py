"""How a view declares what it takes to see it."""

from collections.abc import Callable
from typing import Any, TypeVar

from mailhub.tenancy.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
# Of those who operate the platform (mailhub.tenancy.operators); to everybody else the address does not exist.
OPERATOR = "operator"


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


def works_while_read_only(view: View) -> View:
    """Declare that people may post to the view in an account that is read-only, because an invoice is overdue.

    For what concerns a person alone (their sign-in, their profile, what they are writing), for what only reads, and for
    what keeps mail from leaving (mailhub.tenancy.read_only).
    """
    view.works_while_read_only = True  # type: ignore[attr-defined]
    return view
