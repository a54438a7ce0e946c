"""Every route of the site: who gets past its door, what it answers, and what is posted to it.

A route that is not here fails the walk, and so does an entry without a route. The rules that hold for all of them are
in `tests.walls.walking.expected_status`; the table says only what is a route's own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from mailhub.lib.ids import new_id
from mailhub.tenancy.permissions import Permission
from tests.walls.world import DEACTIVATED, MEMBER_OF_NONE, OUTSIDE, STRANGER, Place

Answers = Mapping[str, int]
Form = Callable[[Place], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """`needs` is None for a public route. A method that is not among `answers` is answered with 405."""

    needs: Permission | None
    answers: Answers
    # What a public route answers to people who are signed in, where that differs.
    signed_in: Answers | None = None
    # What is posted, made from the rows that the address names. It is valid, so that a hole would have an effect.
    form: Form = lambda _place: {}
    # Visitors who are answered in another way.
    unlike: Mapping[str, Answers] = field(default_factory=dict)


def page(needs: Permission | None, status: int = 200, **more: Any) -> Route:
    """A page that is only read."""
    return Route(needs, {"GET": status, "HEAD": status}, **more)


def form(needs: Permission, content: Form, *, get: int = 200, post: int = 302, **more: Any) -> Route:
    """A page with a form."""
    return Route(needs, {"GET": get, "HEAD": get, "POST": post}, form=content, **more)


def action(needs: Permission, content: Form = lambda _place: {}, *, post: int = 302) -> Route:
    """Something that is done, and that has no page."""
    return Route(needs, {"POST": post}, form=content)


# Pages of allauth are classes: OPTIONS lists the methods, PUT is taken for POST, a redirect answers every method.
_SHOWN = {"GET": 200, "HEAD": 200, "OPTIONS": 200}
_ENTERED = {**_SHOWN, "POST": 200, "PUT": 200}
_SENT_ON = dict.fromkeys(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), 302)


def _mailbox(_place: Place) -> dict[str, Any]:
    return {"name": "Renamed", "address": "renamed@acme.example", "kind": "service", "comments": ""}


def _incoming(_place: Place) -> dict[str, Any]:
    values = {"protocol": "imap", "host": "imap.new.example", "port": 993, "security": "tls", "username": "new"}
    return {f"incoming-{name}": value for name, value in {**values, "password": "secret"}.items()}


def _outgoing(_place: Place) -> dict[str, Any]:
    values = {"host": "smtp.new.example", "port": 587, "security": "starttls", "authenticate": "on", "username": "new"}
    values |= {"password": "secret", "from_address": "new@acme.example"}
    return {f"outgoing-{name}": value for name, value in values.items()}


def _new_mailbox(place: Place) -> dict[str, Any]:
    return {**_mailbox(place), "sends": "on", **_outgoing(place)}


def _letter(place: Place) -> dict[str, Any]:
    return {
        "letter_id": str(new_id()),
        "server": str(place.outgoing.pk),
        "to": "nina@customer.example",
        "subject": "Hello",
        "body": "A letter.",
        "seen": str(place.sent.pk),
    }


def _untestable(_place: Place) -> dict[str, Any]:
    """Return an incomplete form, because a connection test of the walk must not open a connection."""
    return {"incoming-host": "", "outgoing-host": ""}


_SIGNED_IN, _ACCOUNT = Permission.SIGNED_IN, Permission.MANAGE_ACCOUNT
_SEE, _MANAGE = Permission.SEE_MAILBOXES, Permission.MANAGE_MAILBOXES
_READ, _SEND = Permission.READ_MAIL, Permission.SEND_MAIL

REGISTRY: dict[str, Route] = {
    # The way in.
    "account_login": Route(None, _ENTERED, signed_in=_SENT_ON),
    "account_signup": Route(None, _ENTERED, signed_in=_SENT_ON),
    "account_logout": Route(
        None, {"GET": 302, "HEAD": 302, "POST": 302, "OPTIONS": 200}, signed_in={**_SHOWN, "POST": 302}
    ),
    "account_inactive": Route(None, _SHOWN),
    "account_reauthenticate": Route(_SIGNED_IN, _ENTERED),
    "account_email_verification_sent": Route(None, _SENT_ON),
    "account_email": page(None, 302),
    "account_change_password": Route(_SIGNED_IN, _ENTERED),
    "account_reset_password": Route(None, _ENTERED),
    "account_reset_password_done": Route(None, _SHOWN),
    "account_reset_password_from_key_done": Route(None, _SHOWN),
    "account_reset_password_from_key": Route(None, dict.fromkeys(_SENT_ON, 200)),
    # The frame. The broker of the tests is down, and the style guide is for developers.
    "healthz": page(None, 503),
    "shell:home": page(_SIGNED_IN, 302),
    "shell:start": page(_SIGNED_IN),
    "shell:account-switch": action(_SIGNED_IN),
    "shell:account": form(_ACCOUNT, lambda _place: {"name": "Renamed"}),
    "shell:profile": form(_SIGNED_IN, lambda _place: {"name": "Renamed", "time_zone": "UTC"}),
    "shell:no-account": page(None, 302, unlike={name: {"GET": 200, "HEAD": 200} for name in (DEACTIVATED, OUTSIDE)}),
    "shell:styleguide": page(None, 404),
    # Mailboxes and their servers.
    "mailboxes:mailbox-list": page(_SEE),
    "mailboxes:mailbox-add": form(_MANAGE, _new_mailbox),
    "mailboxes:mailbox-detail": page(_SEE),
    "mailboxes:mailbox-change": form(_MANAGE, _mailbox),
    "mailboxes:mailbox-activate": action(_MANAGE),
    "mailboxes:mailbox-deactivate": action(_MANAGE),
    "mailboxes:mailbox-delete": form(_MANAGE, lambda place: {"confirm": place.mailbox_name}),
    "mailboxes:incoming-add": form(_MANAGE, _incoming, get=302),
    "mailboxes:incoming-change": form(_MANAGE, _incoming),
    "mailboxes:incoming-switch": action(_MANAGE),
    "mailboxes:incoming-poll": action(_MANAGE),
    "mailboxes:incoming-test": action(_MANAGE, _untestable, post=422),
    "mailboxes:outgoing-add": form(_MANAGE, _outgoing),
    "mailboxes:outgoing-change": form(_MANAGE, _outgoing),
    "mailboxes:outgoing-delete": form(_MANAGE, lambda place: {"successor": str(place.spare.pk)}),
    "mailboxes:outgoing-make-default": action(_MANAGE),
    "mailboxes:outgoing-switch": action(_MANAGE),
    "mailboxes:outgoing-test": action(_MANAGE, _untestable, post=422),
    "mailboxes:connection-test-incoming": action(_MANAGE, _untestable, post=422),
    "mailboxes:connection-test-outgoing": action(_MANAGE, _untestable, post=422),
    "mailboxes:error-list": page(_SEE),
    "mailboxes:error-clear": action(_MANAGE),
    # Mail. New mail is written from A1.
    "mailboxes:inbox": page(_READ),
    "mailboxes:inbox-list": page(_READ),
    "mailboxes:message-list-set-aside": page(_READ),
    "mailboxes:conversation-detail": page(_READ),
    "mailboxes:conversation-close": action(_READ),
    "mailboxes:conversation-reopen": action(_READ),
    "mailboxes:conversation-unread": action(_READ),
    "mailboxes:conversation-reply": form(_SEND, _letter),
    "mailboxes:compose": form(_SEND, _letter, unlike={name: {"POST": 422} for name in (MEMBER_OF_NONE, STRANGER)}),
    "mailboxes:message-detail": page(_READ),
    "mailboxes:message-frame": page(_READ),
    "mailboxes:message-headers": page(_READ),
    "mailboxes:message-why": page(_READ),
    "mailboxes:message-replay": action(_MANAGE),
    "mailboxes:message-raw": page(_READ),
    "mailboxes:attachment-download": page(_READ),
    "mailboxes:outgoing-detail": page(_READ),
    "mailboxes:delivery-list": page(_READ),
    "mailboxes:outgoing-frame": page(_READ),
    "mailboxes:outgoing-raw": page(_READ),
    "mailboxes:delivery-retry": action(_SEND),
}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Yield the full name of every route of the site and its pattern."""
    yield from _routes_of(get_resolver(), ())


def _routes_of(resolver: URLResolver, namespaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield ":".join((*namespaces, one.name or repr(one.pattern))), one
        else:
            yield from _routes_of(one, (*namespaces, *([one.namespace] if one.namespace else [])))
