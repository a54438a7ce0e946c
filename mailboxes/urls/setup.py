"""Routes of the set-up: mailboxes, their servers, their errors."""

from django.urls import URLPattern, path

from mailboxes.views.setup import adding, errors, incoming, mailboxes, outgoing, testing

_MAILBOX = "mailboxes/<uuid:mailbox_id>/"
_INCOMING = f"{_MAILBOX}incoming/<uuid:incoming_server_id>/"
_OUTGOING = f"{_MAILBOX}outgoing/<uuid:outgoing_server_id>/"

urlpatterns: list[URLPattern] = [
    path("mailboxes/", mailboxes.mailbox_list, name="mailbox-list"),
    path("mailboxes/add/", adding.mailbox_add, name="mailbox-add"),
    path(_MAILBOX, mailboxes.mailbox_detail, name="mailbox-detail"),
    path(f"{_MAILBOX}change/", mailboxes.mailbox_change, name="mailbox-change"),
    path(f"{_MAILBOX}activate/", mailboxes.mailbox_activate, name="mailbox-activate"),
    path(f"{_MAILBOX}deactivate/", mailboxes.mailbox_deactivate, name="mailbox-deactivate"),
    path(f"{_MAILBOX}delete/", mailboxes.mailbox_delete, name="mailbox-delete"),
    path(f"{_MAILBOX}incoming/add/", incoming.incoming_add, name="incoming-add"),
    path(_INCOMING, incoming.incoming_change, name="incoming-change"),
    path(f"{_INCOMING}switch/", incoming.incoming_switch, name="incoming-switch"),
    path(f"{_INCOMING}poll/", incoming.incoming_poll, name="incoming-poll"),
    path(f"{_INCOMING}test/", testing.incoming_test, name="incoming-test"),
    path(f"{_MAILBOX}outgoing/add/", outgoing.outgoing_add, name="outgoing-add"),
    path(_OUTGOING, outgoing.outgoing_change, name="outgoing-change"),
    path(f"{_OUTGOING}delete/", outgoing.outgoing_delete, name="outgoing-delete"),
    path(f"{_OUTGOING}default/", outgoing.outgoing_make_default, name="outgoing-make-default"),
    path(f"{_OUTGOING}switch/", outgoing.outgoing_switch, name="outgoing-switch"),
    path(f"{_OUTGOING}test/", testing.outgoing_test, name="outgoing-test"),
    path("connection-test/incoming/", testing.unsaved_incoming_test, name="connection-test-incoming"),
    path("connection-test/outgoing/", testing.unsaved_outgoing_test, name="connection-test-outgoing"),
    path(f"{_MAILBOX}errors/", errors.error_list, name="error-list"),
    path(f"{_MAILBOX}errors/clear/", errors.error_clear, name="error-clear"),
]
