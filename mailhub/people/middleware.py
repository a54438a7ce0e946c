"""Notes who is here, after the request was answered."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from mailhub import clock
from mailhub.people.browsers import note_sometimes
from mailhub.tenancy.models import User
from mailhub.tenancy.principal import Principal


class PresenceMiddleware:
    """Notes browser and presence of people who are signed in; a request that was refused is no sign of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        user = request.user
        if response.status_code < 400 and isinstance(user, User) and request.session.session_key:
            principal: Principal | None = request.principal  # type: ignore[attr-defined]
            # Signing in makes somebody else of the one who asked.
            membership = principal.membership if principal is not None and principal.user == user else None
            note_sometimes(request, user, membership, now=clock.now())
        return response
