"""The routes of contacts and sequences."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page
from tests.walls.places import Place
from tests.walls.sequencing import editing, enrollments, reports, schedules, starting

_USE, _ACCOUNT = Permission.USE_SEQUENCES, Permission.MANAGE_ACCOUNT


def _contact(_place: Place) -> dict[str, Any]:
    return {"address": "new@contact.example", "first_name": "Renamed"}


def _selected(place: Place) -> dict[str, Any]:
    return {"contact": str(place.contacts.contact.pk), "deed": "add", "list": str(place.contacts.contact_list.pk)}


def _double(place: Place) -> dict[str, Any]:
    return {"with": str(place.contacts.double.pk), "take-company": "gone"}


SEQUENCES: dict[str, Route] = {
    **starting.ROUTES,
    **editing.ROUTES,
    **enrollments.ROUTES,
    **schedules.ROUTES,
    **reports.ROUTES,
    # Contacts are the account's: everyone who may use sequences sees and changes them.
    "sequences:contact-list": page(_USE),
    "sequences:contact-add": form(_USE, _contact),
    "sequences:contact-bulk": action(_USE, _selected),
    "sequences:contact-export": form(_USE, _selected, post=200),
    "sequences:contact-detail": page(_USE),
    "sequences:contact-change": form(_USE, _contact),
    "sequences:contact-delete": form(_USE, lambda _place: {}),
    "sequences:contact-lists": action(_USE, lambda place: {"list": str(place.contacts.contact_list.pk)}),
    "sequences:contact-merge": form(_USE, _double),
    "sequences:list-list": page(_USE),
    "sequences:list-add": form(_USE, lambda _place: {"name": "Renamed"}),
    "sequences:list-change": form(_USE, lambda _place: {"name": "Renamed"}),
    "sequences:list-delete": form(_USE, lambda _place: {}),
    "sequences:suppression-list": page(_USE),
    "sequences:suppression-add": form(_USE, lambda _place: {"entries": "new@contact.example, new.example"}),
    "sequences:suppression-export": page(_USE),
    "sequences:suppression-remove": form(_ACCOUNT, lambda _place: {}),
    "sequences:suppressed-domain-remove": form(_ACCOUNT, lambda _place: {}),
    "sequences:field-list": page(_ACCOUNT),
    "sequences:field-add": form(_ACCOUNT, lambda _place: {"label": "Renamed", "key": "", "kind": "text"}),
    "sequences:field-change": form(_ACCOUNT, lambda _place: {"label": "Renamed"}),
    "sequences:field-move": action(_ACCOUNT),
    "sequences:field-delete": form(_ACCOUNT, lambda _place: {}),
    "sequences:import-list": page(_USE),
    "sequences:import-add": form(_USE, lambda _place: {"file": SimpleUploadedFile("new.csv", b"new@imported.example")}),
    "sequences:import-detail": page(_USE),
    "sequences:import-progress": page(_USE),
    "sequences:import-refused": page(_USE),
    "sequences:import-columns": form(_USE, lambda _place: {"column_0": "address", "on_duplicate": "fill"}),
    "sequences:import-shape": action(_USE, lambda _place: {"encoding": "cp1252", "delimiter": ";"}),
    "sequences:import-run": action(_USE),
    "sequences:import-stop": action(_USE),
    "sequences:import-go-on": action(_USE),
    "sequences:import-undo": action(_USE),
    "sequences:import-discard": action(_USE),
    # Recipients have no account: the link itself is signed (tests/sequences/unsubscribing).
    "sequences:unsubscribe": Route(None, {"GET": 404, "HEAD": 404, "POST": 404}),
}
