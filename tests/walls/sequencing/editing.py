"""The routes of what writes sequences."""

from typing import Any

from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.scope import tenant_scope
from tests.walls.declaring import Route, action, form, page
from tests.walls.places import Place

_USE = Permission.USE_SEQUENCES


def _settings(place: Place) -> dict[str, Any]:
    return {"name": "Renamed", "server": str(place.outreach.sequence.server_id), "stops_company": "on"}


def _confirmed(place: Place) -> dict[str, Any]:
    """The world names its rows once they are there."""
    with tenant_scope(place.mailbox.tenant_id):
        return {"confirm": place.outreach.sequence.refreshed().name}


def _step(_place: Place) -> dict[str, Any]:
    return {"subject": "Renamed", "body": "Renamed", "delay": "2", "unit": "days"}


def _text(place: Place) -> dict[str, Any]:
    seen = place.outreach.variant.changed_at.isoformat()
    return {"subject": "Renamed", "body": "Renamed", "weight": "1", "is_active": "on", "seen": seen}


def _previewed(place: Place) -> dict[str, Any]:
    return {"subject": "Renamed", "body": "Renamed", "contact": str(place.outreach.enrollment.contact_id)}


ROUTES: dict[str, Route] = {
    "sequences:sequence-add": form(_USE, lambda _place: {"name": "Renamed"}),
    "sequences:sequence-detail": page(_USE),
    "sequences:sequence-settings": form(_USE, _settings),
    "sequences:sequence-copy": form(_USE, lambda _place: {"name": "Renamed"}),
    "sequences:sequence-delete": form(_USE, _confirmed),
    "sequences:step-add": form(_USE, _step),
    # Without a text that is typed or named there is nothing to show.
    "sequences:step-preview": form(_USE, _previewed, get=422, post=200),
    # Its mailbox is for service, and sends no sequences.
    "sequences:step-test": action(_USE, _previewed, post=422),
    "sequences:step-change": form(_USE, lambda _place: {"delay": "4", "unit": "hours"}),
    "sequences:step-move": action(_USE, lambda _place: {"to": "down"}),
    "sequences:step-remove": form(_USE, lambda _place: {}),
    "sequences:variant-add": action(_USE),
    "sequences:variant-change": form(_USE, _text),
    # The only text of a step stays.
    "sequences:variant-remove": form(_USE, lambda _place: {}, post=422),
}
