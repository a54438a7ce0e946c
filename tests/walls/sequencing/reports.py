"""The routes of reports and of what tracks."""

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, page

_USE = Permission.USE_SEQUENCES

ROUTES: dict[str, Route] = {
    "sequences:report-list": page(_USE),
    "sequences:sequence-report": page(_USE),
    "sequences:sequence-report-export": page(_USE),
    # Recipients have no account: the links themselves are signed (tests/sequences/tracking). A picture always comes.
    "sequences:track-open": Route(None, {"GET": 200, "HEAD": 200}),
    "sequences:track-click": Route(None, {"GET": 404, "HEAD": 404}),
}
