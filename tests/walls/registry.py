"""Every route of the site: who gets past its door, what it answers, and what is posted to it.

A route that is not here fails the walk, and so does an entry without a route. The rules that hold for all of them are
in `expected_status`; the table says only what is a route's own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import int_to_base36

from mailhub.lib.ids import new_id
from mailhub.tenancy.permissions import PERMISSIONS, Permission, Role
from tests.walls.world import (
    A1,
    ACCOUNT_A,
    B1,
    MEMBER,
    MEMBER_OF_NONE,
    NOWHERE,
    OWNER,
    STRANGER,
    Place,
    Visitor,
    World,
    unknown_id,
)

HTMX = "GET by htmx"
METHODS = ("GET", HTMX, "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Answers = Mapping[str, int]


@dataclass(frozen=True)
class Route:
    """`needs` is None for a public route. A method that is not among `answers` is answered with 405."""

    needs: Permission | None
    answers: Answers
    # What a public route answers to a person who is signed in, where that differs.
    signed_in: Answers | None = None
    # What is posted, from the rows that the address names. It is valid, so that a hole would have an effect.
    form: Callable[[Place], dict[str, Any]] = lambda _place: {}
    # Visitors whose POST is answered in another way, because the form names rows that are not theirs.
    refuses_form_of: frozenset[str] = frozenset()
    # What is answered for rows that are not there or not theirs.
    missing: Answers = field(default_factory=dict)


def page(needs: Permission | None, status: int = 200, *, signed_in: int | None = None) -> Route:
    """A page that is only read."""
    return Route(needs, _read(status), signed_in=None if signed_in is None else _read(signed_in))


def form(needs: Permission, content: Callable[[Place], dict[str, Any]], *, get: int = 200, post: int = 302) -> Route:
    return Route(needs, {**_read(get), "POST": post}, form=content)


def action(needs: Permission, content: Callable[[Place], dict[str, Any]] = lambda _: {}, *, post: int = 302) -> Route:
    return Route(needs, {"POST": post}, form=content)


def _read(status: int) -> dict[str, int]:
    return {"GET": status, "HEAD": status}


# Forms of allauth are class-based: PUT is taken for POST, and OPTIONS lists the methods.
def entrance(anonymous: int, signed_in: int) -> Route:
    """A form of allauth that is public; an empty one is shown again."""
    return Route(None, _of_allauth(anonymous), signed_in=_of_allauth(signed_in))


def _of_allauth(status: int) -> dict[str, int]:
    return {**_read(status), "POST": status, "PUT": status, "OPTIONS": 200 if status == 200 else status}


def _mailbox(_place: Place) -> dict[str, Any]:
    return {"name": "Renamed", "address": "renamed@acme.example", "kind": "service", "comments": ""}


def _new_mailbox(place: Place) -> dict[str, Any]:
    return {**_mailbox(place), "sends": "on", **_outgoing(place)}


def _incoming(_place: Place) -> dict[str, Any]:
    names = {"protocol": "imap", "host": "imap.new.example", "port": 993, "security": "tls", "username": "new"}
    return {f"incoming-{name}": value for name, value in {**names, "password": "secret"}.items()}


def _outgoing(_place: Place) -> dict[str, Any]:
    names = {"host": "smtp.new.example", "port": 587, "security": "starttls", "authenticate": "on", "username": "new"}
    names |= {"password": "secret", "from_address": "new@acme.example"}
    return {f"outgoing-{name}": value for name, value in names.items()}


def letter(place: Place) -> dict[str, Any]:
    return {
        "letter_id": str(new_id()),
        "server": str(place.outgoing.pk),
        "to": "nina@customer.example",
        "subject": "Hello",
        "body": "A letter.",
        "seen": str(place.sent.pk),
    }


SEE, MANAGE = Permission.SEE_MAILBOXES, Permission.MANAGE_MAILBOXES
READ, SEND = Permission.READ_MAIL, Permission.SEND_MAIL
SIGNED_IN, ACCOUNT = Permission.SIGNED_IN, Permission.MANAGE_ACCOUNT

# An incomplete form: a connection test of the walk must not open a connection.
UNTESTABLE = {"incoming-host": "", "outgoing-host": ""}

REGISTRY: dict[str, Route] = {
    # The way in.
    "account_login": entrance(200, 302),
    "account_signup": entrance(200, 302),
    "account_logout": entrance(302, 200),
    "account_inactive": page(None),
    "account_reauthenticate": form(SIGNED_IN, lambda _: {}, post=200),
    "account_email_verification_sent": page(None),
    "account_email": page(None, 302),
    "account_change_password": form(SIGNED_IN, lambda _: {}, post=200),
    "account_reset_password": entrance(200, 200),
    "account_reset_password_done": page(None),
    "account_reset_password_from_key_done": page(None),
    "account_reset_password_from_key": entrance(200, 200),
    # The frame.
    "healthz": page(None, 503),
    "shell:home": page(SIGNED_IN, 302),
    "shell:start": page(SIGNED_IN),
    "shell:account-switch": action(SIGNED_IN),
    "shell:account": form(ACCOUNT, lambda _: {"name": "Renamed"}),
    "shell:profile": form(SIGNED_IN, lambda _: {"name": "Renamed", "time_zone": "UTC"}),
    "shell:no-account": page(None, 302),
    "shell:styleguide": page(None, 404),
    # Mailboxes and their servers.
    "mailboxes:mailbox-list": page(SEE),
    "mailboxes:mailbox-add": form(MANAGE, _new_mailbox),
    "mailboxes:mailbox-detail": page(SEE),
    "mailboxes:mailbox-change": form(MANAGE, _mailbox),
    "mailboxes:mailbox-activate": action(MANAGE),
    "mailboxes:mailbox-deactivate": action(MANAGE),
    "mailboxes:mailbox-delete": form(MANAGE, lambda place: {"confirm": place.mailbox.refreshed().name}),
    "mailboxes:incoming-add": form(MANAGE, _incoming, get=302),
    "mailboxes:incoming-change": form(MANAGE, _incoming),
    "mailboxes:incoming-switch": action(MANAGE),
    "mailboxes:incoming-poll": action(MANAGE),
    "mailboxes:incoming-test": action(MANAGE, lambda _: UNTESTABLE, post=422),
    "mailboxes:outgoing-add": form(MANAGE, _outgoing),
    "mailboxes:outgoing-change": form(MANAGE, _outgoing),
    "mailboxes:outgoing-delete": form(MANAGE, lambda place: {"successor": str(place.spare.pk)}),
    "mailboxes:outgoing-make-default": action(MANAGE),
    "mailboxes:outgoing-switch": action(MANAGE),
    "mailboxes:outgoing-test": action(MANAGE, lambda _: UNTESTABLE, post=422),
    "mailboxes:connection-test-incoming": action(MANAGE, lambda _: UNTESTABLE, post=422),
    "mailboxes:connection-test-outgoing": action(MANAGE, lambda _: UNTESTABLE, post=422),
    "mailboxes:error-list": page(SEE),
    "mailboxes:error-clear": action(MANAGE),
    # Mail.
    "mailboxes:inbox": page(READ),
    "mailboxes:inbox-list": page(READ),
    "mailboxes:message-list-set-aside": page(READ),
    "mailboxes:conversation-detail": page(READ),
    "mailboxes:conversation-close": action(READ),
    "mailboxes:conversation-reopen": action(READ),
    "mailboxes:conversation-unread": action(READ),
    "mailboxes:conversation-reply": form(SEND, letter),
    "mailboxes:compose": form(SEND, letter),
    "mailboxes:message-detail": page(READ),
    "mailboxes:message-frame": page(READ),
    "mailboxes:message-headers": page(READ),
    "mailboxes:message-why": page(READ),
    "mailboxes:message-replay": action(MANAGE),
    "mailboxes:message-raw": page(READ),
    "mailboxes:attachment-download": page(READ),
    "mailboxes:outgoing-detail": page(READ),
    "mailboxes:delivery-list": page(READ),
    "mailboxes:outgoing-raw": page(READ),
    "mailboxes:delivery-retry": action(SEND),
}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Yield the full name of every route and its pattern."""
    yield from _routes_of(get_resolver(), ())


def _routes_of(resolver: URLResolver, namespaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield ":".join((*namespaces, one.name or repr(one.pattern))), one
        else:
            yield from _routes_of(one, (*namespaces, *([one.namespace] if one.namespace else [])))
