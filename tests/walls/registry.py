"""Every route of the site: who gets past its door, what it answers, and what is posted to it.

A route that is not here fails the walk, and so does an entry without a route. The rules that hold for all of them are
in `tests.walls.walking.expected_status`; the table says only what is a route's own.
"""

from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver

from mailboxes.models import Segment
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.scope import tenant_scope
from tests.mailboxes.smime.authority import Holder, authority, person
from tests.walls.bills import desk, documents, paying, plans, profile
from tests.walls.declaring import Route, action, form, page
from tests.walls.mail_routes import MAIL
from tests.walls.places import Place
from tests.walls.sequence_routes import SEQUENCES
from tests.walls.world import DEACTIVATED, MEMBER_OF_NONE, OUTSIDE, STRANGER

# Pages of allauth are classes: OPTIONS lists the methods, PUT is taken for POST, a redirect answers every method.
_SHOWN = {"GET": 200, "HEAD": 200, "OPTIONS": 200}
_ENTERED = {**_SHOWN, "POST": 200, "PUT": 200}
_SENT_ON = dict.fromkeys(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), 302)


def _mailbox(place: Place) -> dict[str, Any]:
    belongs = {"segment": str(place.mailbox.segment_id), "subscription": str(place.mailbox.subscription_id)}
    return {**_named_mailbox(), **belongs}


def _named_mailbox() -> dict[str, Any]:
    return {"name": "Renamed", "address": "renamed@acme.example", "kind": "service", "comments": ""}


def _incoming(_place: Place) -> dict[str, Any]:
    values = {"protocol": "imap", "host": "imap.new.example", "port": 993, "security": "tls", "username": "new"}
    on_server = {"on_server": "keep", "copy_to_sent": "never"}
    return {f"incoming-{name}": value for name, value in {**values, "password": "secret", **on_server}.items()}


def _outgoing(_place: Place) -> dict[str, Any]:
    values = {"host": "smtp.new.example", "port": 587, "security": "starttls", "authenticate": "on", "username": "new"}
    values |= {"password": "secret", "from_address": "new@acme.example"}
    return {f"outgoing-{name}": value for name, value in values.items()}


def _platform(_place: Place) -> dict[str, Any]:
    return {"from_address": "new@acme.example", "display_name": "New", "name": "", "reply_to": ""}


def _new_mailbox(place: Place) -> dict[str, Any]:
    return {**_named_mailbox(), "sends": "on", **_outgoing(place)}


def _segment(place: Place) -> dict[str, Any]:
    return {"name": "Renamed", "default_mailbox": str(place.mailbox.pk)}


def _discard_filter(_place: Place) -> dict[str, Any]:
    return {"field": "subject", "operator": "contains", "value": "offer", "is_active": "on"}


def _attachment_policy(_place: Place) -> dict[str, Any]:
    return {"most_octets": "10 MB", "refused_types": "exe", "consequence": "reject", "forward_to": "new@other.example"}


def _filter_set(place: Place) -> dict[str, Any]:
    return {"name": "Renamed", "segment": str(place.mailbox.segment_id)}


def _filter_rule(place: Place) -> dict[str, Any]:
    return {"phrases": "offer", "place": "subject", "topic": str(place.topic.pk)}


def _topics_of_mailbox(place: Place) -> dict[str, Any]:
    return {"filter_set": str(place.filter_set.pk), "default_topic": str(place.topic.pk)}


def _template() -> dict[str, Any]:
    return {"name": "Renamed", "subject": "Thank you", "body": "From {{ mailbox_name }}"}


def _autoresponder(place: Place) -> dict[str, Any]:
    return {"is_active": "on", "template": str(place.reply_template.pk)}


def _rule(_place: Place) -> dict[str, Any]:
    condition = {"condition-0-field": "subject", "condition-0-test": "contains", "condition-0-value": "refund"}
    action = {"action-0-deed": "priority", "action-0-value": "1"}
    return {"name": "Renamed", "needs_every_condition": "yes", **condition, **action}


def _heir(place: Place) -> dict[str, Any]:
    with tenant_scope(place.mailbox.tenant_id):
        others = Segment.objects.exclude(pk=place.mailbox.segment_id)
        return {"heir": str(others.order_by("-created_at")[:1].get().pk)}


def _holder() -> Holder:
    return person(None, "new@acme.example")


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("upload", content)


def _untestable(_place: Place) -> dict[str, Any]:
    """Return an incomplete form, because a connection test of the walk must not open a connection."""
    return {"incoming-host": "", "outgoing-host": ""}


_SIGNED_IN, _ACCOUNT = Permission.SIGNED_IN, Permission.MANAGE_ACCOUNT
_PEOPLE, _BILLING = Permission.MANAGE_PEOPLE, Permission.MANAGE_BILLING
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
    # The second step. What changes it asks first who one is, whatever it names.
    "mfa_authenticate": Route(None, _SENT_ON),
    "mfa_login_webauthn": Route(None, {**_SENT_ON, "PATCH": 405, "DELETE": 405, "OPTIONS": 200}, signed_in=_SENT_ON),
    "mfa_reauthenticate": Route(_SIGNED_IN, _SENT_ON),
    "mfa_reauthenticate_webauthn": Route(_SIGNED_IN, _SENT_ON),
    "mfa_activate_totp": Route(_SIGNED_IN, _SENT_ON),
    "mfa_deactivate_totp": Route(_SIGNED_IN, dict.fromkeys(_SENT_ON, 404)),
    "mfa_view_recovery_codes": Route(_SIGNED_IN, {"GET": 404, "HEAD": 404, "OPTIONS": 200}),
    "mfa_generate_recovery_codes": Route(_SIGNED_IN, _SENT_ON),
    "mfa_add_webauthn": Route(_SIGNED_IN, _SENT_ON),
    "mfa_edit_webauthn": Route(_SIGNED_IN, _SENT_ON),
    "mfa_remove_webauthn": Route(_SIGNED_IN, _SENT_ON),
    "mfa_index": page(_SIGNED_IN, 302),
    "mfa_list_webauthn": page(_SIGNED_IN, 302),
    # People of the account, and one's own security.
    "people:person-list": page(_PEOPLE),
    "people:person-detail": page(_PEOPLE),
    "people:person-role": action(_PEOPLE, lambda _place: {"role": "administrator"}),
    "people:person-deactivate": action(_PEOPLE),
    "people:person-reactivate": action(_PEOPLE),
    "people:person-reset-second-factor": action(_PEOPLE),
    "people:person-remove": form(_PEOPLE, lambda _place: {}),
    "people:invitation-add": form(_PEOPLE, lambda _place: {"addresses": "new@people.example", "role": "member"}),
    "people:invitation-resend": action(_PEOPLE),
    "people:invitation-revoke": action(_PEOPLE),
    "people:invitation-accept": Route(None, {"GET": 404, "HEAD": 404, "POST": 404}),
    "people:security": page(_SIGNED_IN),
    "people:session-list": page(_SIGNED_IN),
    "people:session-end": action(_SIGNED_IN),
    "people:session-end-others": action(_SIGNED_IN),
    # The frame. The broker of the tests is down, and the style guide is for developers.
    "healthz": page(None, 503),
    "shell:home": page(_SIGNED_IN, 302),
    "shell:start": page(_SIGNED_IN),
    "shell:account-switch": action(_SIGNED_IN),
    "shell:account": form(_ACCOUNT, lambda _place: {"name": "Renamed", "time_zone": "Europe/Berlin"}),
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
    "mailboxes:mailbox-people": form(_MANAGE, lambda _place: {"is_open": "on"}),
    "mailboxes:person-access": form(_MANAGE, lambda place: {"shown": str(place.mailbox.pk)}),
    "mailboxes:address-list": page(_ACCOUNT),
    "mailboxes:address-detail": page(_ACCOUNT),
    "mailboxes:address-clear": action(_ACCOUNT),
    "mailboxes:segment-list": page(_ACCOUNT),
    "mailboxes:segment-add": form(_ACCOUNT, lambda _place: {"name": "New"}),
    "mailboxes:segment-change": form(_ACCOUNT, _segment),
    "mailboxes:segment-delete": form(_ACCOUNT, _heir),
    "mailboxes:certificate-list": page(_ACCOUNT),
    "mailboxes:certificate-add": form(_ACCOUNT, lambda _place: {"file": _file(_holder().pkcs12("x")), "password": "x"}),
    "mailboxes:certificate-delete": form(_ACCOUNT, lambda _place: {}),
    "mailboxes:authority-add": form(_ACCOUNT, lambda _place: {"file": _file(authority().certificate_pem)}),
    "mailboxes:authority-delete": action(_ACCOUNT),
    "mailboxes:correspondent-list": page(_ACCOUNT),
    "mailboxes:correspondent-trust": action(_ACCOUNT),
    "mailboxes:correspondent-remove": action(_ACCOUNT),
    "mailboxes:mailbox-certificates": page(_SEE),
    # What a mailbox takes in, and topics.
    "mailboxes:mailbox-filters": form(_MANAGE, _topics_of_mailbox),
    "mailboxes:discard-filter-add": form(_MANAGE, _discard_filter),
    "mailboxes:discard-filter-change": form(_MANAGE, _discard_filter),
    "mailboxes:discard-filter-delete": action(_MANAGE),
    "mailboxes:attachment-policy": form(_MANAGE, _attachment_policy),
    "mailboxes:discarded-list": page(_READ),
    "mailboxes:message-take-in": action(_READ),
    "mailboxes:topic-list": page(_ACCOUNT),
    "mailboxes:topic-add": form(_ACCOUNT, lambda _place: {"name": "New"}),
    "mailboxes:topic-change": form(_ACCOUNT, lambda _place: {"name": "Renamed"}),
    "mailboxes:topic-delete": form(_ACCOUNT, lambda _place: {}),
    # In a segment of account A.
    "mailboxes:filter-set-add": form(_ACCOUNT, _filter_set, unlike={STRANGER: {"POST": 422}}),
    "mailboxes:filter-set-change": form(_ACCOUNT, _filter_set),
    "mailboxes:filter-set-delete": form(_ACCOUNT, lambda _place: {}),
    "mailboxes:filter-set-try": action(_ACCOUNT, lambda _place: {"text": "An offer"}, post=200),
    "mailboxes:filter-rule-add": form(_ACCOUNT, _filter_rule),
    "mailboxes:filter-rule-change": form(_ACCOUNT, _filter_rule),
    "mailboxes:filter-rule-move": action(_ACCOUNT, lambda _place: {"to": "down"}),
    "mailboxes:filter-rule-delete": action(_ACCOUNT),
    # What happens by itself.
    "mailboxes:autoresponder-change": form(_MANAGE, _autoresponder),
    "mailboxes:rule-list": page(_MANAGE),
    "mailboxes:rule-add": form(_MANAGE, _rule),
    "mailboxes:rule-change": form(_MANAGE, _rule),
    "mailboxes:rule-delete": form(_MANAGE, lambda _place: {}),
    "mailboxes:rule-move": action(_MANAGE, lambda _place: {"to": "down"}),
    "mailboxes:rule-switch": action(_MANAGE),
    "mailboxes:rule-try": page(_MANAGE),
    "mailboxes:template-list": page(_MANAGE),
    "mailboxes:template-add": form(_MANAGE, lambda _place: _template()),
    "mailboxes:template-change": form(_MANAGE, lambda _place: _template()),
    "mailboxes:template-delete": form(_MANAGE, lambda _place: {}),
    "mailboxes:template-preview": action(_MANAGE, lambda _place: _template(), post=200),
    # Signatures, and templates while one writes.
    "mailboxes:signature-change": form(_MANAGE, lambda _place: {"body": "Sent by {{ mailbox_name }}"}),
    "mailboxes:signature-preview": action(_MANAGE, lambda _place: {"body": "{{ mailbox_name }}"}, post=200),
    "mailboxes:personal-signature-change": form(_SIGNED_IN, lambda _place: {"body": "{{ my_name }}"}),
    "mailboxes:personal-signature-preview": action(_SIGNED_IN, lambda _place: {"body": "{{ my_name }}"}, post=200),
    "mailboxes:template-picker": page(_SEND),
    # Templates are the account's; the letter that they are filled in for is of a mailbox.
    "mailboxes:template-insert": Route(
        _SEND,
        {"POST": 200},
        form=lambda place: {"server": str(place.outgoing.pk)},
        unlike={MEMBER_OF_NONE: {"POST": 404}},
    ),
    # Plans and subscriptions.
    **plans.ROUTES,
    **documents.ROUTES,
    **paying.ROUTES,
    **profile.ROUTES,
    **desk.ROUTES,
    "mailboxes:incoming-add": form(_MANAGE, _incoming, get=302),
    "mailboxes:incoming-change": form(_MANAGE, _incoming),
    "mailboxes:incoming-list": page(_SEE),
    "mailboxes:incoming-delete": form(_MANAGE, lambda _place: {}),
    "mailboxes:connected-add": form(_MANAGE, _incoming),
    "mailboxes:connected-change": form(_MANAGE, _incoming, get=302),
    "mailboxes:incoming-archive": form(_MANAGE, lambda _place: {"archive_from": "2026-01-31"}),
    "mailboxes:incoming-switch": action(_MANAGE),
    "mailboxes:incoming-poll": action(_MANAGE),
    "mailboxes:incoming-resume": action(_MANAGE),
    "mailboxes:incoming-test": action(_MANAGE, _untestable, post=422),
    "mailboxes:incoming-connect": action(_MANAGE),
    "mailboxes:outgoing-add": form(_MANAGE, _outgoing),
    "mailboxes:outgoing-change": form(_MANAGE, _outgoing),
    "mailboxes:outgoing-delete": form(_MANAGE, lambda place: {"successor": str(place.spare.pk)}),
    "mailboxes:outgoing-make-default": action(_MANAGE),
    "mailboxes:outgoing-switch": action(_MANAGE),
    "mailboxes:outgoing-resume": action(_MANAGE),
    "mailboxes:outgoing-add-platform": form(_MANAGE, _platform),
    # The server of the walk has a host of its own.
    "mailboxes:outgoing-change-platform": form(_MANAGE, _platform, get=404, post=404),
    "mailboxes:outgoing-check": action(_MANAGE),
    "mailboxes:reply-check": page(_SEE),
    "mailboxes:outgoing-test": action(_MANAGE, _untestable, post=422),
    "mailboxes:outgoing-connect": action(_MANAGE),
    # The way back from a provider; an answer that belongs to nothing leads to the list.
    "mailboxes:oauth-callback-google": Route(_MANAGE, {"GET": 302}),
    "mailboxes:oauth-callback-microsoft": Route(_MANAGE, {"GET": 302}),
    "mailboxes:connection-test-incoming": action(_MANAGE, _untestable, post=422),
    "mailboxes:connection-test-outgoing": action(_MANAGE, _untestable, post=422),
    "mailboxes:discovery": action(_MANAGE, lambda _place: {"address": "no address"}, post=422),
    "mailboxes:outgoing-health": form(_SEE, lambda _place: {"selector": "no selector"}, post=422),
    "mailboxes:error-list": page(_SEE),
    "mailboxes:error-clear": action(_MANAGE),
    **MAIL,
    **SEQUENCES,
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
