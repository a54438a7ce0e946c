"""The routes of hours and limits."""

from typing import Any

from mailhub.tenancy.permissions import Permission
from sequences.schedule.keeping import Schedule
from tests.walls.declaring import Route, action, form, page
from tests.walls.places import Place

_USE, _ACCOUNT = Permission.USE_SEQUENCES, Permission.MANAGE_ACCOUNT


def _hours(place: Place) -> dict[str, Any]:
    return {
        "day0_from0": "10:00",
        "day0_to0": "16:00",
        "zone": "account",
        "seen": Schedule.of(place.outreach.sequence).fingerprint,
    }


def _settings(_place: Place) -> dict[str, Any]:
    return {"sender_line": "Renamed", "per_day": "100", "skip_dates": "2026-12-25"}


def _limit(_place: Place) -> dict[str, Any]:
    return {"per_day": "40", "per_minute": "4"}


ROUTES: dict[str, Route] = {
    "sequences:sequence-schedule": form(_USE, _hours),
    "sequences:sequence-schedule-forecast": page(_USE),
    "sequences:sending-settings": form(_ACCOUNT, _settings),
    "sequences:sending-limit-change": form(_ACCOUNT, _limit),
    "sequences:sending-limit-clear": action(_ACCOUNT),
    "sequences:sending-limit-mailbox-change": form(_ACCOUNT, _limit),
    "sequences:sending-limit-mailbox-clear": action(_ACCOUNT),
}
