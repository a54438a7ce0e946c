"""The routes of mail: the queue, conversations, what people write, and what they are told."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from mailhub.lib.ids import new_id
from mailhub.tenancy.permissions import Permission
from tests.walls.declaring import Route, action, form, page
from tests.walls.places import Place
from tests.walls.world import MEMBER_OF_NONE, STRANGER


def _letter(place: Place) -> dict[str, Any]:
    return {
        "letter_id": str(new_id()),
        "server": str(place.outgoing.pk),
        "to": "nina@customer.example",
        "subject": "Hello",
        "body": "A letter.",
        "seen": str(place.sent.pk),
    }


def _bulk(place: Place) -> dict[str, Any]:
    return {"conversation": [str(place.conversation.pk)], "status": "closed"}


def _draft(place: Place) -> dict[str, Any]:
    # New mail, of whose place nothing stands in the way: it is kept at the mailbox of the server.
    return {"letter_id": str(new_id()), "kind": "new", "server": str(place.outgoing.pk), "body": "A draft."}


def _response_target() -> dict[str, Any]:
    hours = {"hours": "8", "minutes": "0", "day0_from": "09:00", "day0_to": "17:00"}
    return {"is_active": "on", "time_zone": "UTC", "holidays": "", **hours}


_ACCOUNT, _MANAGE = Permission.MANAGE_ACCOUNT, Permission.MANAGE_MAILBOXES
_READ, _SEND = Permission.READ_MAIL, Permission.SEND_MAIL

MAIL: dict[str, Route] = {
    # New mail is written from A1.
    "mailboxes:inbox": page(_READ),
    "mailboxes:inbox-list": page(_READ),
    "mailboxes:inbox-filters": page(_READ),
    "mailboxes:bulk-choices": page(_READ),
    "mailboxes:conversation-bulk": Route(
        _READ, {"POST": 302}, form=_bulk, unlike={name: {"POST": 404} for name in (MEMBER_OF_NONE, STRANGER)}
    ),
    "mailboxes:conversation-bulk-undo": action(_READ, lambda _place: {"token": "no-such-token"}),
    # Views are their owner's, unless they are shared.
    "mailboxes:saved-view-list": page(_READ),
    "mailboxes:saved-view-add": form(_READ, lambda _place: {"name": "New"}),
    "mailboxes:saved-view-change": form(_READ, lambda _place: {"name": "Renamed"}),
    "mailboxes:saved-view-move": action(_READ, lambda _place: {"to": "down"}),
    "mailboxes:saved-view-delete": action(_READ),
    "mailboxes:message-list-set-aside": page(_READ),
    "mailboxes:conversation-detail": page(_READ),
    "mailboxes:conversation-close": action(_READ),
    "mailboxes:conversation-reopen": action(_READ),
    "mailboxes:conversation-unread": action(_READ),
    "mailboxes:conversation-reply": form(_SEND, _letter),
    "mailboxes:conversation-merge": form(_READ, lambda place: {"into": str(place.linked.pk)}),
    "mailboxes:conversation-split": form(_READ, lambda place: {"message": str(place.message.pk)}),
    "mailboxes:conversation-join": action(_READ),
    "mailboxes:conversation-panel": page(_READ),
    "mailboxes:conversation-live": action(_READ, lambda _place: {"writing": "on"}, post=200),
    "mailboxes:conversation-assign": form(_READ, lambda _place: {"assignee": ""}),
    "mailboxes:conversation-status": action(_READ, lambda _place: {"status": "pending"}),
    "mailboxes:conversation-snooze": form(_READ, lambda _place: {"until": "tomorrow"}),
    "mailboxes:conversation-topic": form(_READ, lambda place: {"topic": str(place.topic.pk)}),
    "mailboxes:conversation-priority": action(_READ, lambda _place: {"priority": "1"}),
    "mailboxes:conversation-tag": form(_READ, lambda _place: {"name": "Tagged"}),
    "mailboxes:conversation-untag": action(_READ, lambda _place: {"tag": "none"}),
    "mailboxes:conversation-spam": action(_READ),
    "mailboxes:conversation-not-spam": action(_READ),
    "mailboxes:conversation-note": action(_READ, lambda _place: {"text": "Call first."}),
    "mailboxes:conversation-colleagues": page(_READ),
    "mailboxes:note-detail": page(_READ),
    "mailboxes:note-edit": form(_READ, lambda _place: {"text": "Changed"}),
    "mailboxes:note-delete": action(_READ),
    "mailboxes:message-pictures": action(_READ),
    "mailboxes:message-pictures-stop": action(_READ),
    "mailboxes:compose": form(_SEND, _letter, unlike={name: {"POST": 422} for name in (MEMBER_OF_NONE, STRANGER)}),
    "mailboxes:letter-preview": Route(
        _SEND, {"POST": 200}, form=_letter, unlike={name: {"POST": 422} for name in (MEMBER_OF_NONE, STRANGER)}
    ),
    "mailboxes:conversation-forward": page(_SEND),
    "mailboxes:message-forward": form(_SEND, _letter),
    # Drafts are their writer's alone. Undoing finds what was discarded a moment ago, and nothing was.
    "mailboxes:draft-list": page(_SEND),
    "mailboxes:draft-open": page(_SEND, 302),
    "mailboxes:draft-save": Route(_SEND, {"POST": 200}, form=_draft, unlike={MEMBER_OF_NONE: {"POST": 404}}),
    "mailboxes:draft-discard": action(_SEND),
    "mailboxes:draft-restore": action(_SEND, post=404),
    "mailboxes:draft-attach": action(
        _SEND, lambda _place: {"attachments": SimpleUploadedFile("upload", b"words")}, post=200
    ),
    "mailboxes:draft-attachment-download": page(_SEND),
    "mailboxes:draft-attachment-remove": action(_SEND),
    "mailboxes:letter-check": action(_SEND, _draft, post=200),
    "mailboxes:recipient-list": page(_SEND),
    "mailboxes:message-detail": page(_READ),
    "mailboxes:message-frame": page(_READ),
    "mailboxes:message-headers": page(_READ),
    "mailboxes:message-why": page(_READ),
    "mailboxes:message-move": form(_READ, lambda place: {"to": str(place.linked.pk)}),
    "mailboxes:message-replay": action(_MANAGE),
    "mailboxes:message-replay-alike": action(_MANAGE),
    "mailboxes:message-inspect": form(_ACCOUNT, lambda _place: {"source": "Subject: Hello"}, post=200),
    "mailboxes:message-open-again": action(_READ),
    "mailboxes:message-raw": page(_READ),
    "mailboxes:attachment-download": page(_READ),
    "mailboxes:outgoing-detail": page(_READ),
    "mailboxes:delivery-list": page(_READ),
    "mailboxes:outgoing-frame": page(_READ),
    "mailboxes:outgoing-raw": page(_READ),
    # What people are told, and until when answers are due.
    "mailboxes:notification-list": page(_READ),
    "mailboxes:notification-recent": page(_READ),
    "mailboxes:notification-live": page(_READ),
    "mailboxes:notification-read": action(_READ),
    "mailboxes:notification-read-all": action(_READ),
    "mailboxes:notification-switches": form(_READ, lambda _place: {"assigned-by_mail": "on"}),
    "mailboxes:response-target": form(_MANAGE, lambda _place: _response_target()),
    "mailboxes:delivery-retry": action(_SEND),
    # Between "Send" and "sent", and who gets copies.
    "mailboxes:scheduled-list": page(_READ),
    "mailboxes:outgoing-undo": action(_SEND),
    "mailboxes:outgoing-send-now": action(_SEND),
    "mailboxes:outgoing-reschedule": form(_SEND, lambda _place: {"send_time": "hour"}),
    "mailboxes:outgoing-retry": action(_SEND),
    "mailboxes:outgoing-copy": action(_SEND),
    "mailboxes:outgoing-forward": action(_SEND),
    "mailboxes:delivery-mark-sent": action(_SEND),
    "mailboxes:blind-copy-list": form(_MANAGE, lambda _place: {"addresses": "new@tools.example"}),
    "mailboxes:blind-copy-remove": action(_MANAGE),
}
