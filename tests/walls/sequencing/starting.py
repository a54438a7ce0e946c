"""The routes of the list of sequences, and of starting them."""

from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page

_USE = Permission.USE_SEQUENCES

ROUTES: dict[str, Route] = {
    "sequences:sequence-list": page(_USE),
    # What is sent through servers that nobody has set up right is refused.
    "sequences:sequence-start": form(_USE, lambda _place: {}, post=422),
    "sequences:sequence-pause": action(_USE),
    "sequences:sequence-archive": form(_USE, lambda _place: {}),
    "sequences:sequence-restore": action(_USE),
}
