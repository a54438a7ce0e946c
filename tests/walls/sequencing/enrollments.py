"""The routes of the contacts in sequences."""

from typing import Any

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page
from tests.walls.places import Place

_USE = Permission.USE_SEQUENCES


def _selected(place: Place) -> dict[str, Any]:
    return {"contact": str(place.contacts.enrolled.pk), "deed": "stop", "confirmed": "1"}


def _whom(place: Place) -> dict[str, Any]:
    return {"source": "list", "contact_list": str(place.contacts.contact_list.pk)}


def _server(place: Place) -> dict[str, Any]:
    return {"server": str(place.outgoing.pk), f"via-{place.contacts.contact.pk}": str(place.spare.pk)}


ROUTES: dict[str, Route] = {
    "sequences:enrollment-list": page(_USE),
    "sequences:enrollment-add": form(_USE, _whom),
    "sequences:enrollment-bulk": action(_USE, _selected),
    "sequences:enrollment-export": form(_USE, _selected, post=200),
    "sequences:enrollment-move": form(_USE, lambda place: {"to": str(place.spare.pk)}, post=422),
    "sequences:enrollment-batch": page(_USE, 302),
    # The mailboxes of the walk run no sequences, so that no server can be chosen.
    "sequences:enrollment-servers": form(_USE, _server, post=422),
    "sequences:enrollment-preview": form(_USE, lambda _place: {}, get=302),
    "sequences:enrollment-left-out": page(_USE),
    "sequences:enrollment-detail": page(_USE),
    "sequences:enrollment-do": action(_USE, lambda _place: {"deed": "stop"}),
}
